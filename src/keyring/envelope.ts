/**
 * Envelope encryption: a key of its own for each secret, wrapped by the key-encryption key.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { Sealed } from '../core/sealed.ts';

export const KEK_BYTES = 32;

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FRAME_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** A key-encryption key as the cryptography takes it: its bytes do not show when it is printed. */
export interface WrappingKey {
  readonly id: string;
  readonly key: KeyObject;
}

export function sealEnvelope(kek: WrappingKey, identity: string, plaintext: Uint8Array): Sealed {
  const dataKey = randomBytes(KEK_BYTES);
  try {
    return {
      kekId: kek.id,
      wrappedKey: encrypt(kek.key, bindingOfKey(kek.id, identity), dataKey),
      ciphertext: encrypt(createSecretKey(dataKey), bindingOfSecret(identity), plaintext),
    };
  } finally {
    dataKey.fill(0);
  }
}

/** `undefined` when any bit of it, the key or the identity is not the one it was sealed with. */
export function openEnvelope(
  kek: WrappingKey,
  identity: string,
  sealed: Sealed,
): Buffer | undefined {
  const binding = bindingOfKey(kek.id, identity);
  const dataKey = decrypt(kek.key, binding, sealed.wrappedKey);
  if (dataKey === undefined) return undefined;
  try {
    if (dataKey.length !== KEK_BYTES) return undefined;
    return decrypt(createSecretKey(dataKey), bindingOfSecret(identity), sealed.ciphertext);
  } finally {
    dataKey.fill(0);
  }
}

/** `undefined` as `openEnvelope`, but for an altered ciphertext, which is not looked at. */
export function rewrapEnvelope(
  from: WrappingKey,
  to: WrappingKey,
  identity: string,
  sealed: Sealed,
): Sealed | undefined {
  const dataKey = decrypt(from.key, bindingOfKey(from.id, identity), sealed.wrappedKey);
  if (dataKey === undefined) return undefined;
  try {
    if (dataKey.length !== KEK_BYTES) return undefined;
    const wrappedKey = encrypt(to.key, bindingOfKey(to.id, identity), dataKey);
    return { kekId: to.id, wrappedKey, ciphertext: sealed.ciphertext };
  } finally {
    dataKey.fill(0);
  }
}

/** version · nonce · ciphertext · tag */
function encrypt(key: KeyObject, binding: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(binding);
  const body = [cipher.update(plaintext), cipher.final()];
  return new Uint8Array(Buffer.concat([Buffer.of(VERSION), nonce, ...body, cipher.getAuthTag()]));
}

function decrypt(key: KeyObject, binding: Uint8Array, frame: Uint8Array): Buffer | undefined {
  if (frame.length < FRAME_BYTES || frame[0] !== VERSION) return undefined;
  const nonce = frame.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(binding);
  decipher.setAuthTag(frame.subarray(-TAG_BYTES));
  const body = decipher.update(frame.subarray(1 + NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([body, decipher.final()]);
  } catch {
    return undefined;
  } finally {
    body.fill(0);
  }
}

function bindingOfKey(kekId: string, identity: string): Buffer {
  return bind('certctl wrapped key', kekId, identity);
}

function bindingOfSecret(identity: string): Buffer {
  return bind('certctl secret', identity);
}

/** Each part with its length, so that two lists of parts never give the same bytes. */
function bind(...parts: readonly string[]): Buffer {
  const chunks: Uint8Array[] = [Buffer.of(VERSION)];
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    chunks.push(length, bytes);
  }
  return Buffer.concat(chunks);
}
