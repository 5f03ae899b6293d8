/**
 * Asks the CA when to renew, and draws the instant (RFC 9773).
 *
 * @module
 */
import { HOUR_MS, SECOND_MS, after } from '../core/clock.ts';
import { isAbort } from '../core/errors.ts';
import { drawInstant } from './planner/renewal-instant.ts';
import type { LifecycleContext } from './context.ts';
import type { IssuanceRecord, RenewalState } from '../store/records.ts';

/** RFC 9773 §4.3.3 names six hours for errors that last. */
const AFTER_ERROR_MS = 6 * HOUR_MS;
const TIMEOUT_MS = 10 * SECOND_MS;

/**
 * The renewal state of `issuance` as the CA sees it now. Failing to reach the CA keeps what was
 * known: the lifetime rule stands behind it.
 */
export async function askRenewalInfo(
  { issuers, clock, random }: LifecycleContext,
  issuance: IssuanceRecord,
  before: RenewalState,
  signal: AbortSignal,
): Promise<RenewalState> {
  try {
    const issuer = await issuers.find(issuance.issuer);
    if (issuer.renewalInfo === undefined || issuance.ariId === undefined) return {};
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await issuer.renewalInfo(issuance.ariId, AbortSignal.any([signal, timeout]));
    if (!answer.available) return { ...before, checkAt: answer.checkAt };
    return {
      window: answer.window,
      renewAt: drawInstant(answer.window, before, random),
      checkAt: answer.checkAt,
      ...(answer.explanationUrl === undefined ? {} : { explanationUrl: answer.explanationUrl }),
    };
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    return { ...before, checkAt: after(clock.now(), AFTER_ERROR_MS) };
  }
}
