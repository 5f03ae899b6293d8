import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Exchange, replay } from '../../test/support/recorded-http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { createHostApi, type HostApiOptions, refusalReasons } from './host-api.ts';

const { signal } = new AbortController();
const SECRET = 'hunter2-hunter2';
const GET = { attempt: 'cannot look', method: 'GET', path: '/a' } as const;

describe('a rate limit', () => {
  it('is waited for when it is over within seconds', async () => {
    const sleeps: number[] = [];
    const answer = await ask([limited('2'), limited('5'), ok({ x: 1 })], { clock: noting(sleeps) });
    expect(answer).toEqual({ x: 1 });
    expect(sleeps).toEqual([2_000, 5_000]);
  });

  it('is not waited for without end', async () => {
    const sleeps: number[] = [];
    const attempt = ask(
      Array.from({ length: 5 }, () => limited('1')),
      { clock: noting(sleeps) },
    );
    await expect(attempt).rejects.toMatchObject({ code: 'dns/rate-limited' });
    expect(sleeps).toEqual([1_000, 1_000, 1_000, 1_000]);
  });

  it.each([
    ['seconds', '120', 120_000],
    ['a date', new Date(now() + 60_000).toUTCString(), 60_000],
    ['a date in the past', new Date(now() - 60_000).toUTCString(), 1_000],
    ['far too long', '999999', 3_600_000],
    ['nonsense', 'soon', 60_000],
    ['nothing', undefined, 60_000],
  ])('says when to come back: %s', async (_title, retryAfter, waitMs) => {
    const clock: Clock = { ...noting([]), now: () => new Date(now()) };
    const attempt = ask(
      Array.from({ length: waitMs > 15_000 ? 1 : 5 }, () => limited(retryAfter)),
      { clock },
    );
    await expect(attempt).rejects.toMatchObject({
      code: 'dns/rate-limited',
      retryAt: new Date(now() + waitMs),
    });
  });

  it('is given up while it is waited for', async () => {
    const reason = new Error('cancelled');
    const cancellation = new AbortController();
    const clock: Clock = {
      ...systemClock,
      sleep: (_ms, inner) => {
        cancellation.abort(reason);
        return systemClock.sleep(10_000, inner);
      },
    };
    await expect(ask([limited('3')], { clock }, cancellation.signal)).rejects.toBe(reason);
  });
});

describe('a refusal', () => {
  it.each([
    [400, 'dns/rejected'],
    [301, 'dns/rejected'],
    [401, 'dns/unauthorized'],
    [403, 'dns/unauthorized'],
    [500, 'dns/unavailable'],
    [503, 'dns/unavailable'],
  ])('with the status %d is %s', async (status, code) => {
    await expect(ask([answered(status, {})])).rejects.toMatchObject({
      code,
      message: `cannot look: status ${status}`,
      mend: expect.stringMatching(/\.$/),
    });
  });

  it('shows the words of the host without secrets, control characters and excess', async () => {
    const said = {
      error: { message: `no ${SECRET} \u001b[2J` },
      errors: [{ reason: 'x'.repeat(900) }],
    };
    const failure = await failureOf(ask([answered(422, said)]));
    expect(failure.message).toMatch(/^cannot look: no \[redacted\] {2}\[2J; x+$/);
    expect(failure.message.length).toBeLessThan(330);
  });

  it('hides what authorizes the request, too', async () => {
    const headers = { authorization: 'Bearer token-of-a-login' };
    const echo = { message: 'no Bearer token-of-a-login, nor token-of-a-login' };
    const failure = await failureOf(ask([answered(400, echo)], { authorize: () => headers }));
    expect(failure.message).toBe('cannot look: no [redacted], nor [redacted]');
  });

  it('has the reasons that the host gives', async () => {
    const readRefusal: HostApiOptions['readRefusal'] = () => ({ reasons: [7, 'seven'] });
    const failure = await failureOf(ask([answered(200, {})], { readRefusal }));
    expect(refusalReasons(failure)).toEqual([7, 'seven']);
  });
});

describe('an answer', () => {
  it.each([
    ['of another form', { y: 1 }],
    ['that is no JSON', '<html>'],
  ])('%s is an outage', async (_title, body) => {
    await expect(ask([answered(200, body)])).rejects.toMatchObject({
      code: 'dns/unavailable',
      message: 'cannot look: unexpected answer of Host',
    });
  });

  it('that never ends is cut', async () => {
    const server = createServer((_request, response) => {
      const chunk = Buffer.alloc(64 * 1_024, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', write);
      };
      write();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const api = createHostApi(optionsFor(`http://127.0.0.1:${port}`));
    await expect(api.send(GET, signal)).rejects.toMatchObject({
      code: 'dns/unavailable',
      cause: expect.objectContaining({ message: expect.stringContaining('octets') }),
    });
    await api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('that does not come in time is not waited for', async () => {
    const silent: Exchange = { request: { method: 'GET', path: '/a' } };
    await expect(ask([silent], { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'dns/unavailable',
      message: 'cannot look: Host does not answer',
    });
  });
});

async function ask(
  exchanges: readonly Exchange[],
  change: Partial<HostApiOptions> = {},
  within = signal,
): Promise<unknown> {
  await using host = await replay(exchanges);
  const api = createHostApi({ ...optionsFor(host.url), ...change });
  try {
    return await api.ask(GET, z.object({ x: z.number() }), within);
  } finally {
    await api.close();
    host.assertComplete();
  }
}

function optionsFor(baseUrl: string): HostApiOptions {
  return {
    host: 'Host',
    baseUrl,
    clock: systemClock,
    secrets: [SECRET],
    unauthorizedMend: 'Give another token.',
  };
}

function answered(status: number, body: unknown, headers: Record<string, string> = {}): Exchange {
  return { request: { method: 'GET', path: '/a' }, response: { status, body, headers } };
}

function ok(body: unknown): Exchange {
  return answered(200, body);
}

function limited(retryAfter: string | undefined): Exchange {
  return answered(429, {}, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
}

/** Sleeps at once, and notes how long. */
function noting(sleeps: number[]): Clock {
  return {
    now: () => new Date(now()),
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
    },
  };
}

/** Whole seconds, as dates in headers have them. */
function now(): number {
  return Date.UTC(2026, 0, 15);
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return (await work.catch((thrown: unknown) => thrown)) as Error;
}
