/**
 * Cipher suites and key exchange groups, held against what the TLS library of this process has.
 *
 * @module
 */
import { createSecureContext, getCiphers } from 'node:tls';
import { nearestWord } from '../core/nearest-word.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

/** TLS 1.1 has no others; OpenSSL counts them as security level 0. */
const LEGACY_CIPHER = /^(?:ECDHE-(?:ECDSA|RSA)-|)AES(?:128|256)-SHA$/;

export const LEGACY_CIPHERS: readonly string[] = [
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
];

const KNOWN_GROUPS = [
  'X25519MLKEM768',
  'SecP256r1MLKEM768',
  'SecP384r1MLKEM1024',
  'MLKEM512',
  'MLKEM768',
  'MLKEM1024',
  'X25519',
  'X448',
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'P-256',
  'P-384',
  'P-521',
  'ffdhe2048',
  'ffdhe3072',
  'ffdhe4096',
];

export function isTls13Cipher(cipher: string): boolean {
  return cipher.startsWith('TLS_');
}

export function isLegacyCipher(cipher: string): boolean {
  return LEGACY_CIPHER.test(cipher);
}

/** In OpenSSL's spelling. Reports each suite that cannot be served. */
export function resolveCiphers(
  given: readonly string[],
  path: ConfigPath,
  context: ResolveContext,
): string[] {
  const known = getCiphers();
  const ciphers = given.map((cipher) => cipher.toUpperCase());
  for (const [index, cipher] of ciphers.entries()) {
    const place = [...path, index];
    if (!known.includes(cipher.toLowerCase())) {
      const hint = hintOf(
        cipher,
        known.map((name) => name.toUpperCase()),
        place,
        context,
      );
      context.report(place, `is not a cipher suite of this TLS library${hint}`, CIPHER_MEND);
    } else if (/PSK|^SRP-/.test(cipher)) {
      context.report(place, 'works without certificates, which certctl never does', 'Remove it.');
    } else if (cipher.startsWith('DHE-')) {
      context.report(
        place,
        'needs Diffie-Hellman parameters, which certctl does not have',
        'Remove it.',
      );
    } else if (ciphers.indexOf(cipher) !== index) {
      context.report(place, 'stands in the list twice');
    }
  }
  return ciphers;
}

const CIPHER_MEND = 'Use the names that `openssl ciphers` prints.';

export function checkGroups(
  given: readonly string[],
  path: ConfigPath,
  context: ResolveContext,
): void {
  for (const [index, group] of given.entries()) {
    const place = [...path, index];
    if (!isGroup(group)) {
      const hint = hintOf(group, KNOWN_GROUPS, place, context);
      context.report(place, `is not a key exchange group of this TLS library${hint}`);
    } else if (given.indexOf(group) !== index) {
      context.report(place, 'stands in the list twice');
    }
  }
}

function isGroup(group: string): boolean {
  if (!/^[a-z0-9-]+$/i.test(group)) return false;
  try {
    createSecureContext({ ecdhCurve: group });
    return true;
  } catch {
    return false;
  }
}

function hintOf(
  word: string,
  known: readonly string[],
  path: ConfigPath,
  context: ResolveContext,
): string {
  if (context.isExpanded(path)) return '';
  const nearest = nearestWord(word, known);
  return nearest === undefined ? '' : `; the nearest is ${nearest}`;
}

/** Node ignored the option before. */
export function checkCompression(
  given: readonly string[],
  path: ConfigPath,
  context: ResolveContext,
  node = process.versions.node,
): void {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (given.length === 0 || major > 24 || (major === 24 && minor >= 18)) return;
  context.report(path, `needs Node 24.18 or newer, this is ${node}`, 'Update Node, or remove it.');
}
