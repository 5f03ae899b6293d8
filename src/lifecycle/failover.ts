/**
 * Which failures another issuer may not have, and what is said when all of them failed.
 *
 * @module
 */
import { isOnlyWaiting } from './budget/wait-of.ts';
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
  const passing = failures.filter(({ error }) => error.spec.retry === 'after-delay');
  // What only waits is no failure, and must not hide one: the back-off would not grow.
  const attempted = passing.find(({ error }) => !isOnlyWaiting(error));
  const main = (attempted ?? passing[0] ?? first).error;
  const instants = failures.map(({ error }) => error.retryAt);
  const retryAt = instants.every((instant) => instant !== undefined)
    ? new Date(Math.min(...instants.map((instant) => instant.getTime())))
    : undefined;
  const reasons = failures.map(({ issuer, error }) => `${issuer}: ${error.message}`).join('; ');
  const { code, mend, context, cause } = main;
  const message = `no issuer could be used: ${reasons}`;
  return new AppError(code, message, { mend, context, cause, retryAt });
}
