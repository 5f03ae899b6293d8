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
  return rankCredentials(credentials, name, signatureSchemes, now).at(0)?.credential;
}

/** What `worth` counts, in its order. */
export const CRITERIA = [
  { wins: 'is valid', loses: 'it has expired' },
  { wins: 'can be verified by the client', loses: 'the client cannot verify it' },
  { wins: 'has the exact name', loses: 'it has a wildcard only' },
  { wins: 'is ECDSA, which costs less', loses: 'it is RSA, which costs more' },
  { wins: 'lives longer', loses: 'it ends sooner' },
] as const;

export interface RankedCredential {
  readonly credential: Credential;
  readonly worth: readonly number[];
}

/** All that cover the name, the best first. */
export function rankCredentials(
  credentials: readonly Credential[],
  name: Name,
  signatureSchemes: readonly number[],
  now: number,
): RankedCredential[] {
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
    .map((credential) => ({ credential, worth: worth(credential) }))
    .toSorted((left, right) => compare(right.worth, left.worth));
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
