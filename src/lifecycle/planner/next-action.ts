/**
 * When to look at a certificate again.
 *
 * @module
 */
import { DAY_MS, after } from '../../core/clock.ts';
import type { RenewalState } from '../../store/records.ts';
import type { Decision } from './input.ts';

/** No CA is left unasked for longer (RFC 9773 §4.3.2). */
const LONGEST_CHECK_MS = DAY_MS;

/**
 * When to ask the CA for renewal information. An instant beyond the longest delay was recorded by a
 * clock that was ahead of this one, and has come.
 */
export function checkInstant({ checkAt }: RenewalState, now: Date): Date | undefined {
  if (checkAt === undefined) return undefined;
  return checkAt > after(now, LONGEST_CHECK_MS) ? now : checkAt;
}

/** Exactly the instant at which the decision changes by itself, or the CA is to be asked. */
export function nextAction(decision: Decision, renewal: RenewalState, now: Date): Date | undefined {
  if (decision.action === 'issue') return now;
  if (decision.reason === 'not-managed') return undefined;
  const checkAt = decision.reason === 'valid' ? checkInstant(renewal, now) : undefined;
  const { until } = decision;
  return until === undefined || (checkAt !== undefined && checkAt < until) ? checkAt : until;
}
