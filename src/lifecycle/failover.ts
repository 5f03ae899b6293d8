/**
 * Which failures another issuer may not have, and what is said when all of them failed.
 *
 * @module
 */
import { AppError, type ErrorCode } from '../core/errors.ts';

/** Of the CA, of our account there, or of its standing with the name. The rest fails everywhere. */
const OF_THE_ISSUER: ReadonlySet<ErrorCode> = new Set([
  'acme/bad-response',
  'acme/name-refused',
  'acme/rate-limited',
  'acme/server-error',
  'acme/terms-required',
  'acme/timeout',
  'acme/unauthorized',
  'acme/unreachable',
  'acme/untrusted',
  'budget/exhausted',
  'budget/paused',
  'preflight/caa',
]);

export interface IssuerFailure {
  readonly issuer: string;
  readonly error: AppError;
}

export function isFaultOfIssuer(error: AppError): boolean {
  return OF_THE_ISSUER.has(error.code);
}

/**
 * One error for all issuers: that of the one that may be tried again soonest, so that one with a
 * lasting fault does not stand in the way of the others.
 */
export function failureOfAll(failures: readonly [IssuerFailure, ...IssuerFailure[]]): AppError {
  const [first] = failures;
  if (failures.length === 1) return first.error;
  const { error } = failures.reduce((left, right) =>
    soonest(right.error) < soonest(left.error) ? right : left,
  );
  const reasons = failures.map((failure) => `${failure.issuer}: ${failure.error.message}`);
  const { code, mend, context, cause, retryAt } = error;
  const message = `no issuer could be used: ${reasons.join('; ')}`;
  return new AppError(code, message, { mend, context, cause, retryAt });
}

/** What names no instant passes within the usual delay; what needs a change may never pass. */
function soonest({ spec, retryAt }: AppError): number {
  if (spec.retry !== 'after-delay') return Infinity;
  return retryAt?.getTime() ?? 0;
}
