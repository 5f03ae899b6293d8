import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS, after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { nextAttempt } from './back-off.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const error = new AppError('acme/timeout', 'no answer');

describe('nextAttempt', () => {
  it.each([
    [1, MINUTE_MS],
    [2, 10 * MINUTE_MS],
    [3, 100 * MINUTE_MS],
    [4, DAY_MS],
    [40, DAY_MS],
  ])('waits longer after failure %i', (count, delay) => {
    expect(nextAttempt(error, count, NOW, () => 0)).toEqual(after(NOW, delay));
  });

  it('adds at most a tenth of jitter', () => {
    expect(nextAttempt(error, 2, NOW, () => 1)).toEqual(after(NOW, 11 * MINUTE_MS));
  });

  it('keeps the instant that the CA named when it is later', () => {
    const retryAt = after(NOW, 3 * DAY_MS);
    const limited = new AppError('acme/rate-limited', 'too many', { retryAt });
    expect(nextAttempt(limited, 1, NOW, () => 0)).toEqual(retryAt);
    const soon = new AppError('acme/rate-limited', 'too many', { retryAt: NOW });
    expect(nextAttempt(soon, 1, NOW, () => 0)).toEqual(after(NOW, MINUTE_MS));
  });
});
