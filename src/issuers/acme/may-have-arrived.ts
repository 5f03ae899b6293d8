/**
 * Requests whose outcome only the CA knows.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';

/** Nobody was there to send it to. */
const NEVER_SENT: readonly unknown[] = [
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
];

/** True when the CA may have done what it was asked, although all that came back is `thrown`. */
export function mayHaveArrived(thrown: unknown): boolean {
  if (!(thrown instanceof AppError)) return false;
  // Who is told that it asks too often has been refused for sure.
  return thrown.spec.retry === 'after-delay' && thrown.code !== 'acme/rate-limited';
}

/** True when this very request cannot have reached the CA, because nobody could be reached. */
export function wasNeverSent(thrown: unknown): boolean {
  return thrown instanceof AppError && NEVER_SENT.includes(thrown.context['code']);
}
