/**
 * Octets in base32 (RFC 4648 §6), in lower case as labels of DNS are.
 *
 * @module
 */

/** Of a multiple of five octets: there is no padding. */
export function base32(octets: Uint8Array): string {
  const bits = [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{5}/g) ?? [];
  return groups.map((five) => ALPHABET[Number.parseInt(five, 2)]).join('');
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
