/**
 * When to ask for renewal information again after the CA gave none (RFC 9773 §4.3.3).
 *
 * @module
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import type { RenewalState } from '../../store/records.ts';

export interface NoRenewalInfo {
  readonly isTemporary: boolean;
  readonly retryAt?: Date;
}

const FIRST_DELAY_MS = MINUTE_MS;
/** One hour of doubled delays; whatever lasts longer is no temporary error. */
const MOST_TEMPORARY = 6;
const LONG_TERM_DELAY_MS = 6 * HOUR_MS;
const LONGEST_DELAY_MS = DAY_MS;

/** Later where the CA named an instant, within the bounds for its word (RFC 9773 §4.3.2). */
export function nextCheck(
  { isTemporary, retryAt }: NoRenewalInfo,
  before: RenewalState,
  now: Date,
): Required<Pick<RenewalState, 'checkAt' | 'failures'>> {
  const failures = isTemporary ? (before.failures ?? 0) + 1 : 0;
  const isDoubled = isTemporary && failures <= MOST_TEMPORARY;
  const ownMs = isDoubled ? FIRST_DELAY_MS * 2 ** (failures - 1) : LONG_TERM_DELAY_MS;
  const namedMs = (retryAt ?? now).getTime() - now.getTime();
  return { failures, checkAt: after(now, Math.min(Math.max(ownMs, namedMs), LONGEST_DELAY_MS)) };
}
