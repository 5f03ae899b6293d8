/**
 * Requests whose outcome only the CA knows.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';

/** True when the CA may have done what it was asked, although all that came back is `thrown`. */
export function mayHaveArrived(thrown: unknown): boolean {
  if (!(thrown instanceof AppError)) return false;
  // Who is told that it asks too often has been refused for sure.
  return thrown.spec.retry === 'after-delay' && thrown.code !== 'acme/rate-limited';
}
