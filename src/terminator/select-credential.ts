/**
 * Which of several certificates a client gets.
 *
 * @module
 */
import { covers, type Name } from '../core/names.ts';
import type { Credential } from '../feed/feed.ts';

/**
 * Judged in this order: valid before expired, what the client can verify before what it cannot, an
 * exact name before a wildcard, ECDSA before RSA, the longer life.
 *
 * An exact name beats a wildcard that lives longer: operators pin exact names on purpose.
 */
export function selectCredential(
  credentials: readonly Credential[],
  name: Name,
  signatureSchemes: readonly number[],
  now: number,
): Credential | undefined {
  const clientTakesEcdsa = signatureSchemes.some((scheme) => ECDSA_SCHEMES.has(scheme));
  const worth = (credential: Credential): number[] => [
    Number(credential.notAfter > now),
    Number(credential.keyAlgorithm === 'rsa' || clientTakesEcdsa),
    Number(credential.names.includes(name)),
    Number(credential.keyAlgorithm === 'ec'),
    credential.notAfter,
  ];
  return credentials
    .filter((credential) => credential.names.some((pattern) => covers(pattern, name)))
    .toSorted((left, right) => compare(worth(right), worth(left)))
    .at(0);
}

/** ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512 (RFC 8446 §4.2.3). */
const ECDSA_SCHEMES: ReadonlySet<number> = new Set([0x0403, 0x0503, 0x0603]);

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
