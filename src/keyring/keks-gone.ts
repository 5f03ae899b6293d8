/**
 * The error for a store whose key-encryption key is not where it was.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';

export function keksGone(place: string): AppError {
  return new AppError('keyring/mismatch', `the key-encryption key is gone from ${place}`, {
    mend: 'Restore it from a backup: without it no private key in the database can be opened.',
  });
}
