import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import { type NoRenewalInfo, nextCheck } from './next-check.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

describe('nextCheck (RFC 9773 §4.3.3)', () => {
  it('doubles the delay of temporary errors, and takes what lasts for a long-term one', () => {
    const delays: number[] = [];
    let failures = 0;
    for (let count = 0; count < 8; count += 1) {
      const next = nextCheck({ isTemporary: true }, { failures }, NOW);
      delays.push((next.checkAt.getTime() - NOW.getTime()) / MINUTE_MS);
      ({ failures } = next);
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 360, 360]);
  });

  it.each([
    ['six hours for a long-term error', { isTemporary: false }, 6 * HOUR_MS],
    ['as the CA says', { isTemporary: true, retryAt: after(NOW, HOUR_MS) }, HOUR_MS],
    ['not sooner', { isTemporary: false, retryAt: after(NOW, 1) }, 6 * HOUR_MS],
    ['a day at most', { isTemporary: true, retryAt: after(NOW, 9 * DAY_MS) }, DAY_MS],
  ] satisfies [string, NoRenewalInfo, number][])('waits %s', (_, answer, delayMs) => {
    expect(nextCheck(answer, {}, NOW).checkAt).toEqual(after(NOW, delayMs));
  });

  it('counts anew after a long-term error', () => {
    expect(nextCheck({ isTemporary: false }, { failures: 5 }, NOW).failures).toBe(0);
  });
});
