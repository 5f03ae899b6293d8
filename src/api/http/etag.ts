/**
 * Entity tags: the hash of a representation (RFC 9110 §8.8.3).
 *
 * @module
 */
import { createHash } from 'node:crypto';

export function etagOf(representation: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(representation));
  return `"${hash.digest('base64url').slice(0, 27)}"`;
}

/** What stands for every representation there is. */
const ANY = '*';

/** @param field If-Match or If-None-Match */
export function matches(field: string, etag: string): boolean {
  return matchesAny(field) || field.split(',').some((each) => each.trim() === etag);
}

export function matchesAny(field: string): boolean {
  return field.trim() === ANY;
}
