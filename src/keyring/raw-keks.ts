/**
 * Key-encryption keys that come as bare bytes: their spelling as text, and the ids they get.
 *
 * @module
 */
import { createHmac } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { KEK_BYTES } from './envelope.ts';
import type { Kek, KekSet } from './keyring.ts';

const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048]=?$/;
const ID_DIGITS = 16;

/**
 * The key of a text: 32 bytes in base64url, base64 or hex, with or without a line break.
 * @throws `keyring/corrupt`, whose message holds nothing of the text.
 */
export function parseKek(text: string, place: string): Kek {
  const word = text.trim();
  if (HEX.test(word)) return kekOf(Buffer.from(word, 'hex'));
  // Node takes both alphabets for either.
  if (BASE64.test(word)) return kekOf(Buffer.from(word, 'base64'));
  throw new AppError('keyring/corrupt', `cannot use the key-encryption key from ${place}`, {
    mend: `Give ${KEK_BYTES} random bytes as text, as "openssl rand -base64 ${KEK_BYTES}" prints them.`,
  });
}

/** Its id is derived from the key, which has too many values for anybody to search. */
export function kekOf(key: Uint8Array): Kek {
  const digest = createHmac('sha256', key).update('certctl key-encryption key id').digest('hex');
  return { id: digest.slice(0, ID_DIGITS), key };
}

/** The active key, then those before it; one that is listed again counts once. */
export function kekSetOf(active: Kek, previous: readonly Kek[]): KekSet {
  const others = new Map(previous.map((kek) => [kek.id, kek]));
  others.delete(active.id);
  return [active, ...others.values()];
}
