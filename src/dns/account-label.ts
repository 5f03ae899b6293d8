/**
 * The label by which the challenge records of several accounts lie beside each other: dns-account-01,
 * as in draft-ietf-acme-dns-account-label-00 to -02.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { base32 } from './base32.ts';

const LABEL_BYTES = 10;

/** `_ujmmovf2vn55tgye`; ten octets are sixteen characters, so there is no padding. */
export function accountLabel(accountUrl: string): string {
  const digest = createHash('sha256').update(accountUrl).digest().subarray(0, LABEL_BYTES);
  return `_${base32(digest)}`;
}
