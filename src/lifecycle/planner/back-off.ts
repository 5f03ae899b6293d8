/**
 * When to try again after a failure.
 *
 * @module
 */
import { type Random, DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import type { AppError } from '../../core/errors.ts';
import type { FailureState } from '../../store/records.ts';
import { type Validity, emergencyInstant } from './renewal-instant.ts';

/** Let's Encrypt's own advice: minutes first, then once a day. */
const DELAYS_MS = [MINUTE_MS, 10 * MINUTE_MS, 100 * MINUTE_MS, DAY_MS];
const JITTER = 0.1;
const EMERGENCY_DELAY_MS = HOUR_MS;
/** What has not come back by then will not be saved by haste. */
const EMERGENCY_ENDS_AFTER_EXPIRY_MS = DAY_MS;

/**
 * The next attempt after `count` failures in a row: the growing delay with up to a tenth of jitter,
 * or the instant that the CA or DNS host named, whichever is later.
 */
export function nextAttempt(error: AppError, count: number, now: Date, random: Random): Date {
  const delay = DELAYS_MS[Math.min(count, DELAYS_MS.length) - 1] ?? DAY_MS;
  const own = after(now, Math.round(delay * (1 + JITTER * random())));
  return error.retryAt !== undefined && error.retryAt > own ? error.retryAt : own;
}

/**
 * The recorded instant of the next attempt, or an earlier one when the certificate in use is about
 * to expire: then an hour after the failure at most, but never before the CA's own instant.
 */
export function retryInstant(failure: FailureState, validity: Validity | undefined): Date {
  if (validity === undefined) return failure.retryAt;
  const hasty = latest(
    emergencyInstant(validity),
    after(failure.lastErrorAt, EMERGENCY_DELAY_MS),
    new Date(failure.lastError.retryAt ?? 0),
  );
  const isHopeful = hasty < after(validity.notAfter, EMERGENCY_ENDS_AFTER_EXPIRY_MS);
  return isHopeful && hasty < failure.retryAt ? hasty : failure.retryAt;
}

function latest(...instants: readonly Date[]): Date {
  return new Date(Math.max(...instants.map((instant) => instant.getTime())));
}
