/**
 * What tells one key from another without showing it.
 *
 * @module
 */
import { type KeyObject, createHash, createPublicKey } from 'node:crypto';

/** SHA-256 of the SubjectPublicKeyInfo, lower-case hex; the same for both halves of a pair. */
export function keyFingerprint256(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('hex');
}
