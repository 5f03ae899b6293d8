/**
 * The secrets of tokens: made, read, compared.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_OCTETS = 10;
const SECRET_OCTETS = 32;
/** The prefix lets scanners of source code find lost tokens. */
const FORM = /^certctl_([0-9a-f]{20})_([A-Za-z0-9_-]{43})$/;

export interface TokenParts {
  /** By which the record is found; no secret. */
  readonly id: string;
  readonly hash: Uint8Array;
}

export function newTokenId(): string {
  return randomBytes(ID_OCTETS).toString('hex');
}

export function newSecret(id: string): { readonly secret: string; readonly hash: Uint8Array } {
  const secret = `certctl_${id}_${randomBytes(SECRET_OCTETS).toString('base64url')}`;
  return { secret, hash: hashOf(secret) };
}

/** `undefined` for what is no token at all. */
export function readSecret(text: string): TokenParts | undefined {
  const [, id] = FORM.exec(text) ?? [];
  return id === undefined ? undefined : { id, hash: hashOf(text) };
}

/** In a time that says nothing about how much of them is equal. */
export function isSameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** 256 random bits need no slow hash. */
export function hashOf(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}
