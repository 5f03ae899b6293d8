/**
 * The error of a request that does not fit its operation.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';

export function badRequest(operation: string, reason: string): AppError {
  return new AppError('usage/invalid', `the request for ${operation} is malformed: ${reason}`, {
    mend: 'Use the same version of certctl for the command and for the daemon.',
  });
}
