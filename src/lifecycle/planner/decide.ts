/**
 * Decides what is to be done about one certificate now.
 *
 * @module
 */
import {
  certificateHasExpired,
  certificateIsMissing,
  certificateIsRevoked,
  replacementIsWished,
  issuerHasChanged,
  keyTypeHasChanged,
  namesHaveChanged,
  profileHasChanged,
  renewalIsDue,
} from './checks.ts';
import type { Check, Decision, PlannerInput } from './input.ts';
import { renewalInstant } from './renewal-instant.ts';

/** The first check that objects wins, so the order below is the order of severity. */
const CHECKS: readonly Check[] = [
  replacementIsWished,
  certificateIsMissing,
  certificateIsRevoked,
  certificateHasExpired,
  namesHaveChanged,
  keyTypeHasChanged,
  issuerHasChanged,
  profileHasChanged,
  renewalIsDue,
];

export function decide(input: PlannerInput): Decision {
  if (input.source === 'imported' || input.source === 'released') return notManaged(input.source);
  for (const check of CHECKS) {
    const objection = check(input);
    if (objection === undefined) continue;
    return backOff(input) ?? { action: 'issue', ...objection };
  }
  return untilRenewal(input);
}

function notManaged(source: 'imported' | 'released'): Decision {
  const why = source === 'imported' ? 'it was imported' : 'it is no longer in the configuration';
  return { action: 'wait', reason: 'not-managed', message: `not renewed: ${why}` };
}

function backOff({ failure, wish, now }: PlannerInput): Decision | undefined {
  if (failure === undefined || wish !== 'none' || failure.retryAt <= now) return undefined;
  return {
    action: 'wait',
    reason: 'backing-off',
    message: `attempt ${failure.count} failed, the next one is at ${failure.retryAt.toISOString()}`,
    until: failure.retryAt,
  };
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
