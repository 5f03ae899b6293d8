/**
 * What a certificate is wanted to be: the words that configuration, store, planner and issuers share.
 *
 * @module
 */
import type { Name } from './names.ts';

export const KEY_TYPES = ['ec256', 'ec384', 'rsa2048', 'rsa3072', 'rsa4096'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** A set of names has one certificate of each: both are a pair, of which each client gets what it can verify. */
export const KEY_ALGORITHMS = ['ec', 'rsa'] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

export function keyAlgorithmOf(type: KeyType): KeyAlgorithm {
  return type.startsWith('ec') ? 'ec' : 'rsa';
}

/** Challenge types that certctl can solve, as the CA names them (RFC 8555 §8, RFC 8737 §3). */
export const CHALLENGE_TYPES = [
  'http-01',
  'tls-alpn-01',
  'dns-01',
  'dns-account-01',
  'dns-persist-01',
] as const;
export type ChallengeType = (typeof CHALLENGE_TYPES)[number];

/** Types that are no standard yet, with the Internet-Draft that is followed here. */
export const EXPERIMENTAL_CHALLENGES: Partial<Record<ChallengeType, string>> = {
  'dns-account-01': 'draft-ietf-acme-dns-account-label-02',
  'dns-persist-01': 'draft-ietf-acme-dns-persist-01',
};

/** A challenge that the CA has judged: this way control over the name was not confirmed. */
export interface FailedChallenge {
  /** As in the certificate, with its `*.`. */
  readonly name: Name;
  readonly type: ChallengeType;
}

/** How control over the names is to be proven. */
export interface ChallengeSettings {
  /** Tried in this order. */
  readonly challenges: readonly ChallengeType[];
  /** The DNS credential by its name in the configuration. */
  readonly dns?: string;
  /** Where our own http-01 listener answers when no daemon runs; the CA must reach it as port 80. */
  readonly http01Port?: number;
  /** The same for tls-alpn-01 and port 443. */
  readonly tlsAlpn01Port?: number;
}

export interface CertificateSpec extends ChallengeSettings {
  /** Sorted, each once, at least one. */
  readonly names: readonly Name[];
  readonly keyType: KeyType;
  /** Issuer names, tried in this order. */
  readonly issuers: readonly string[];
  /** ACME profile; `undefined` leaves the choice to the issuer. */
  readonly profile?: string;
  /** Of several chains, the one with an issuer of this common name or organization. */
  readonly preferredChain?: string;
  /** Renewals keep the key, unless its type changes or it is compromised. */
  readonly reuseKey?: boolean;
  /** Signed instead of a request of our own: the key is elsewhere. */
  readonly csr?: SuppliedCsr;
}

export interface SuppliedCsr {
  /** DER, base64url. */
  readonly der: string;
  readonly keyFingerprint256: string;
}
