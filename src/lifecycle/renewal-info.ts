/**
 * Asks the CA when to renew, and draws the instant (RFC 9773).
 *
 * @module
 */
import { SECOND_MS } from '../core/clock.ts';
import { isAbort } from '../core/errors.ts';
import { nextCheck } from './planner/next-check.ts';
import { drawInstant } from './planner/renewal-instant.ts';
import type { LifecycleContext } from './context.ts';
import type { RenewalInfoAnswer } from '../issuers/issuer.ts';
import type { IssuanceRecord, RenewalState } from '../store/records.ts';

const TIMEOUT_MS = 10 * SECOND_MS;

/**
 * The renewal state of `issuance` as the CA sees it now. Failing to reach the CA keeps what was
 * known: the lifetime rule stands behind it.
 */
export async function askRenewalInfo(
  context: LifecycleContext,
  issuance: IssuanceRecord,
  before: RenewalState,
  signal: AbortSignal,
): Promise<RenewalState> {
  const answer = await ask(context, issuance, signal);
  if (answer === undefined) return {};
  const { clock, random } = context;
  if (!answer.available) return { ...before, ...nextCheck(answer, before, clock.now()) };
  return {
    window: answer.window,
    renewAt: drawInstant(answer.window, before, random),
    checkAt: answer.checkAt,
    ...(answer.explanationUrl === undefined ? {} : { explanationUrl: answer.explanationUrl }),
  };
}

/** `undefined` where the issuer has nothing to say about any certificate, or about this one. */
async function ask(
  { issuers }: LifecycleContext,
  issuance: IssuanceRecord,
  signal: AbortSignal,
): Promise<RenewalInfoAnswer | undefined> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const issuer = await issuers.find(issuance.issuer);
    if (issuer.renewalInfo === undefined || issuance.ariId === undefined) return undefined;
    return await issuer.renewalInfo(issuance.ariId, AbortSignal.any([signal, timeout]));
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    return { available: false, isTemporary: timeout.aborted };
  }
}
