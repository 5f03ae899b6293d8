/**
 * Decides what is to be done about one certificate now.
 *
 * @module
 */
import {
  certificateHasExpired,
  certificateIsMissing,
  certificateIsRevoked,
  expiryIsNear,
  replacementIsWished,
  issuerHasChanged,
  keyHasChanged,
  keyTypeHasChanged,
  namesHaveChanged,
  profileHasChanged,
  renewalIsDue,
} from './checks.ts';
import { after } from '../../core/clock.ts';
import type { IssuanceRecord } from '../../store/records.ts';
import { retryInstant } from './back-off.ts';
import type { Check, Decision, IssueReason, PlannerInput } from './input.ts';
import { renewalInstant, shortestUseMs } from './renewal-instant.ts';

/** The first check that objects wins, so the order below is the order of severity. */
const CHECKS: readonly Check[] = [
  replacementIsWished,
  certificateIsMissing,
  certificateIsRevoked,
  certificateHasExpired,
  expiryIsNear,
  namesHaveChanged,
  keyTypeHasChanged,
  keyHasChanged,
  issuerHasChanged,
  profileHasChanged,
  renewalIsDue,
];

/**
 * What the CA or the clock can bring about again and again. The other reasons end with the new
 * certificate, or are somebody's word.
 */
const CAN_RECUR: ReadonlySet<IssueReason> = new Set([
  'expired',
  'emergency',
  'profile-changed',
  'ari-window',
  'lifetime',
]);

export function decide(input: PlannerInput): Decision {
  if (input.source === 'imported' || input.source === 'released') return notManaged(input.source);
  for (const check of CHECKS) {
    const objection = check(input);
    if (objection === undefined) continue;
    return postponement(input, objection.reason) ?? { action: 'issue', ...objection };
  }
  return untilRenewal(input);
}

function notManaged(source: 'imported' | 'released'): Decision {
  const why = source === 'imported' ? 'it was imported' : 'it is no longer in the configuration';
  return { action: 'wait', reason: 'not-managed', message: `not renewed: ${why}` };
}

function postponement(input: PlannerInput, reason: IssueReason): Decision | undefined {
  // A person who asks knows what has just happened.
  if (input.wish !== 'none') return undefined;
  return backOff(input) ?? (CAN_RECUR.has(reason) ? restAfterIssuance(input) : undefined);
}

function backOff({ failure, issuance, now }: PlannerInput): Decision | undefined {
  // A failure in the future was recorded before the clock was set back: its delay means nothing now.
  if (failure === undefined || failure.lastErrorAt > now) return undefined;
  const { parked, retryAt } = failure;
  if (parked !== undefined) {
    const message = `parked since ${parked.since.toISOString()}: ${parked.message}; DNS is looked at again at ${retryAt.toISOString()}`;
    return { action: 'wait', reason: 'parked', message, until: retryAt };
  }
  const at = retryInstant(failure, issuance);
  if (at <= now) return undefined;
  return {
    action: 'wait',
    reason: 'backing-off',
    message: `attempt ${failure.count} failed, the next one is at ${at.toISOString()}`,
    until: notBeyondExpiry(at, issuance, now),
  };
}

function restAfterIssuance({ issuance, now }: PlannerInput): Decision | undefined {
  if (issuance === undefined || issuance.issuedAt > now) return undefined;
  const at = after(issuance.issuedAt, shortestUseMs(issuance));
  if (at <= now) return undefined;
  return {
    action: 'wait',
    reason: 'just-issued',
    message: `issued at ${issuance.issuedAt.toISOString()}, the next order for these names is made at ${at.toISOString()} at the earliest`,
    until: notBeyondExpiry(at, issuance, now),
  };
}

/** Expiry changes what is to be done, so nobody sleeps through it. */
function notBeyondExpiry(at: Date, issuance: IssuanceRecord | undefined, now: Date): Date {
  return issuance !== undefined && issuance.notAfter > now && issuance.notAfter < at
    ? issuance.notAfter
    : at;
}

function untilRenewal({ issuance, renewal }: PlannerInput): Decision {
  if (issuance === undefined) throw new TypeError('a missing certificate passed the checks');
  const instant = renewalInstant(issuance, renewal);
  const why = instant.reason === 'ari-window' ? 'in the window of the CA' : 'by its lifetime';
  return {
    action: 'wait',
    reason: 'valid',
    message: `renewal at ${instant.at.toISOString()}, ${why}`,
    until: instant.at,
  };
}
