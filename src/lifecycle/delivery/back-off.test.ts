import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, after } from '../../core/clock.ts';
import { nextDelivery } from './back-off.ts';

const TAKEN = new Date('2026-11-22T07:00:00Z');
const usual = { takenAt: TAKEN, retryForMs: DAY_MS };

describe('nextDelivery', () => {
  it('waits longer each time, and an hour at most', () => {
    const waits = [1, 2, 3, 4, 20].map(
      (attempts) =>
        (nextDelivery({ ...usual, attempts }, TAKEN, () => 0.5)?.getTime() ?? 0) - TAKEN.getTime(),
    );
    expect(waits).toStrictEqual([1_000, 3_000, 9_000, 27_000, HOUR_MS]);
  });

  it('tries for a day, and gives what waited for others all of that time its chance', () => {
    const nextDay = after(TAKEN, DAY_MS);
    expect(nextDelivery({ ...usual, attempts: 30 }, nextDay, Math.random)).toBeUndefined();
    expect(nextDelivery({ ...usual, attempts: 1 }, nextDay, Math.random)).toBeDefined();
  });

  it('does not come before the receiver wants it', () => {
    const retryAt = after(TAKEN, HOUR_MS);
    expect(nextDelivery({ ...usual, attempts: 1, retryAt }, TAKEN, Math.random)).toBe(retryAt);
  });
});
