/**
 * Entity tags: the hash of a representation (RFC 9110 §8.8.3).
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';

export function etagOf(representation: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(representation));
  return `"${hash.digest('base64url').slice(0, 27)}"`;
}

/** @param field If-Match or If-None-Match */
export function matches(field: string, etag: string): boolean {
  return field.split(',').some((each) => each.trim() === '*' || each.trim() === etag);
}

/** @throws `api/changed` when the caller has seen something else. */
export function checkIfMatch(field: string | undefined, etag: string): void {
  if (field === undefined || matches(field, etag)) return;
  throw new AppError('api/changed', 'the certificate is not as the caller has seen it', {
    mend: 'Get it again, and decide anew.',
  });
}
