import { describe, expect, it } from 'vitest';
import { watchServerClock } from './server-clock.ts';
import type { Transport } from './transport.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

function answering(...dates: (string | undefined)[]): Transport {
  return {
    send: async ({ url }) => {
      const date = dates.shift();
      const headers: Record<string, string> = date === undefined ? {} : { date };
      return { url, status: 200, headers, body: '', receivedAt: NOW };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

describe('watchServerClock', () => {
  it('goes by the newest answer with a date', async () => {
    const { transport, aheadMs } = watchServerClock(
      answering('Sun, 22 Nov 2026 11:00:00 GMT', 'Sun, 22 Nov 2026 12:10:00 GMT', undefined, '?'),
    );
    expect(aheadMs()).toBeUndefined();
    const send = () => transport.send({ method: 'GET', url: 'https://ca.example', attempted: 'x' });
    await send();
    expect(aheadMs()).toBe(-3_600_000);
    for (let rest = 3; rest > 0; rest -= 1) await send();
    expect(aheadMs()).toBe(600_000);
  });
});
