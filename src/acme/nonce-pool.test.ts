import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSteppingClock } from '../../test/support/stepping-clock.ts';
import { MINUTE_MS } from '../core/clock.ts';
import { NoncePool, parseNonce } from './nonce-pool.ts';

function counted(): { readonly fetch: () => Promise<string>; readonly count: () => number } {
  let fetches = 0;
  return {
    fetch: async () => {
      fetches += 1;
      const nonce = `fetched-${fetches}`;
      await turn();
      return nonce;
    },
    count: () => fetches,
  };
}

describe('parseNonce (RFC 8555 §6.5.1)', () => {
  it.each([undefined, '', 'a b', 'a=', 'a, b', 'x'.repeat(600)])('ignores %j', (header) => {
    expect(parseNonce(header)).toBeUndefined();
  });

  it('takes base64url', () => {
    expect(parseNonce('oFvnlFP1wIhRlYS2jTaXbA-_')).toBe('oFvnlFP1wIhRlYS2jTaXbA-_');
  });
});

describe('NoncePool (RFC 8555 §6.5)', () => {
  it('hands out the newest nonce, and each once', async () => {
    const server = counted();
    const pool = new NoncePool(server.fetch, createSteppingClock());
    pool.add('one');
    pool.add('two');
    expect([await pool.take(), await pool.take()]).toEqual(['two', 'one']);
    expect(server.count()).toBe(0);
    expect(await pool.take()).toBe('fetched-1');
  });

  it('drops nonces that the server may have forgotten', async () => {
    const clock = createSteppingClock();
    const pool = new NoncePool(counted().fetch, clock);
    pool.add('old');
    clock.advance(10 * MINUTE_MS);
    expect(await pool.take()).toBe('fetched-1');
  });

  it('serves a burst mostly with nonces that come back', async () => {
    const server = counted();
    const pool = new NoncePool(server.fetch, createSteppingClock());
    let requests = 0;
    const flow = async (): Promise<void> => {
      for (let step = 0; step < 10; step += 1) {
        await pool.take();
        await turn();
        requests += 1;
        pool.add(`returned-${requests}`);
        // Between its requests a flow waits for the CA, as polling does.
        for (let pause = 0; pause < 4; pause += 1) await turn();
      }
    };
    await Promise.all(Array.from({ length: 20 }, flow));
    expect(requests).toBe(200);
    expect(server.count()).toBeLessThan(16);
  });

  it('lets one waiter go without disturbing the others', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const pool = new NoncePool(async () => promise, createSteppingClock());
    const gone = new AbortController();
    const first = pool.take(gone.signal);
    const second = pool.take();
    gone.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    resolve('late');
    expect(await second).toBe('late');
  });

  it('tells everyone who waits when the server gives none, and recovers', async () => {
    let isDown = true;
    const fetch = async (): Promise<string> => {
      await turn();
      if (isDown) throw new Error('down');
      return 'up';
    };
    const pool = new NoncePool(fetch, createSteppingClock());
    const waiting = await Promise.allSettled(Array.from({ length: 8 }, async () => pool.take()));
    expect(waiting.map(({ status }) => status)).toEqual(
      Array.from({ length: 8 }, () => 'rejected'),
    );
    isDown = false;
    expect(await pool.take()).toBe('up');
  });
});
