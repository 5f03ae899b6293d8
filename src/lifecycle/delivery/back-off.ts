/**
 * When a delivery that failed is tried again, and when it is given up.
 *
 * @module
 */
import { HOUR_MS, type Random, SECOND_MS, after } from '../../core/clock.ts';

export interface FailedDelivery {
  /** With the one that has failed just now. */
  readonly attempts: number;
  readonly takenAt: Date;
  readonly retryForMs: number;
  /** Where the receiver named it. */
  readonly retryAt?: Date | undefined;
}

const FIRST_MS = SECOND_MS;
const FACTOR = 3;
const LONGEST_MS = HOUR_MS;
const JITTER = 0.2;
/** What waited behind another one for all of its time still gets its chance. */
const LEAST_ATTEMPTS = 3;

/** `undefined`: never again. */
export function nextDelivery(
  { attempts, takenAt, retryForMs, retryAt }: FailedDelivery,
  now: Date,
  random: Random,
): Date | undefined {
  const isOver = after(takenAt, retryForMs) <= now;
  if (isOver && attempts >= LEAST_ATTEMPTS) return undefined;
  const wait = Math.min(FIRST_MS * FACTOR ** (attempts - 1), LONGEST_MS);
  const next = after(now, Math.round(wait * (1 - JITTER + 2 * JITTER * random())));
  return retryAt !== undefined && retryAt > next ? retryAt : next;
}
