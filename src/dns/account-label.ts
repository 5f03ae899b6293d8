/**
 * The label by which the challenge records of several accounts lie beside each other: dns-account-01,
 * as in draft-ietf-acme-dns-account-label-00 to -02.
 *
 * @module
 */
import { createHash } from 'node:crypto';

const LABEL_BYTES = 10;
/** RFC 4648 §6, in lower case. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** `_ujmmovf2vn55tgye`; ten octets are sixteen characters, so there is no padding. */
export function accountLabel(accountUrl: string): string {
  const digest = createHash('sha256').update(accountUrl).digest().subarray(0, LABEL_BYTES);
  const bits = [...digest].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  const characters = bits.match(/.{5}/g) ?? [];
  return `_${characters.map((five) => BASE32[Number.parseInt(five, 2)]).join('')}`;
}
