/**
 * When to try again after a failure.
 *
 * @module
 */
import { type Random, DAY_MS, MINUTE_MS, after } from '../../core/clock.ts';
import { type AppError } from '../../core/errors.ts';

/** Let's Encrypt's own advice: minutes first, then once a day. */
const DELAYS_MS = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS, DAY_MS];
const JITTER = 0.1;

/**
 * The next attempt after `count` failures in a row: the growing delay with up to a tenth of jitter,
 * or the instant that the CA or DNS host named, whichever is later.
 */
export function nextAttempt(error: AppError, count: number, now: Date, random: Random): Date {
  const delay = DELAYS_MS[Math.min(count, DELAYS_MS.length) - 1] ?? DAY_MS;
  const own = after(now, Math.round(delay * (1 + JITTER * random())));
  return error.retryAt !== undefined && error.retryAt > own ? error.retryAt : own;
}
