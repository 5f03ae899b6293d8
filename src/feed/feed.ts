/**
 * The feed's contract: all that the data plane may know, asked for by name.
 *
 * @module
 */
import type { Name } from '../core/names.ts';

export interface Feed {
  /** What to do with a connection for `name`; `undefined` when no endpoint wants it. */
  lookup(name: Name): Promise<FeedEntry | undefined>;
  /** The answer to a CA's validation request, when one is live. */
  findAnswer(query: AnswerQuery): Promise<ChallengeAnswer | undefined>;
  /** Calls `listener` for every change; returns how to stop. */
  onChanged(listener: (change: FeedChange) => void): () => void;
}

/** Entries to forget: those that any of the names covers, or all of them. */
export type FeedChange = { readonly names: readonly Name[] } | 'everything';

export interface FeedEntry {
  readonly endpoint: Endpoint;
  /** Empty while no certificate covers the name, and for endpoints that pass bytes through. */
  readonly credentials: readonly Credential[];
}

export const TLS_VERSIONS = ['1.2', '1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

export interface TlsPolicy {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** In the order of our preference; empty accepts connections without ALPN only. */
  readonly alpn: readonly string[];
}

export type Upstream =
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: number }
  | { readonly scheme: 'http'; readonly host: string; readonly port: number };

export interface Endpoint {
  /** Exact name or wildcard. */
  readonly host: Name;
  readonly protocol: 'https' | 'tls';
  /** Absent for `tls` endpoints that pass bytes through unopened. */
  readonly terminate?: TlsPolicy;
  readonly upstream: Upstream;
}

/** Chain and key as the terminator uses them. */
export interface Credential {
  /** SHA-256 of the leaf, hexadecimal. */
  readonly fingerprint256: string;
  readonly names: readonly Name[];
  readonly keyAlgorithm: 'ec' | 'rsa';
  /** Milliseconds since 1970: entries cross process borders as JSON. */
  readonly notAfter: number;
  readonly chainPem: string;
  readonly privateKeyPem: string;
}

export type AnswerQuery =
  | { readonly type: 'http-01'; readonly token: string }
  | { readonly type: 'tls-alpn-01'; readonly name: Name };

export type ChallengeAnswer =
  | { readonly type: 'http-01'; readonly keyAuthorization: string }
  | {
      readonly type: 'tls-alpn-01';
      readonly certificatePem: string;
      readonly privateKeyPem: string;
    };
