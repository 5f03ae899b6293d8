/**
 * The feed's contract: all that the data plane may know, asked for by name.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { UpstreamGroup } from './upstream.ts';

export interface Feed {
  /**
   * What to do with a connection for `name`; `undefined` when no endpoint wants it. With a `client`
   * that waits for it, a certificate is made where the endpoint allows that on demand.
   */
  lookup(name: Name, client?: LookupClient): Promise<FeedEntry | undefined>;
  /** The answer to a CA's validation request, when one is live. */
  findAnswer(query: AnswerQuery): Promise<ChallengeAnswer | undefined>;
  /** Resolves when there is somebody to ask, where that is not always so. */
  ready?(): Promise<void>;
  /** Calls `listener` for every change; returns how to stop. */
  onChanged(listener: (change: FeedChange) => void): () => void;
}

export interface LookupClient {
  readonly clientAddress?: string;
}

/** Entries to forget: those that any of the names covers, or all of them. */
export type FeedChange = { readonly names: readonly Name[] } | 'everything';

export interface FeedEntry {
  readonly endpoint: Endpoint;
  /** Empty while no certificate covers the name, and for endpoints that pass bytes through. */
  readonly credentials: readonly Credential[];
  /**
   * A certificate is made on demand: when that has ended, whichever way, a change of the name is
   * announced. Not to be remembered: for the next client it may be begun again.
   */
  readonly isPending?: true;
}

export const TLS_VERSIONS = ['1.1', '1.2', '1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** RFC 8879. */
export const CERTIFICATE_COMPRESSIONS = ['brotli', 'zlib', 'zstd'] as const;
export type CertificateCompression = (typeof CERTIFICATE_COMPRESSIONS)[number];

/** Complete: presets and defaults are filled in where the configuration is read. */
export interface TlsPolicy {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** In OpenSSL's words and our order of preference, those of TLS 1.3 among them. */
  readonly ciphers: readonly string[];
  /** Whose order counts. Under `server` a client that puts ChaCha20 first still gets it. */
  readonly cipherOrder: CipherOrder;
  /** Key exchange groups in OpenSSL's words; a question mark before one makes it optional. */
  readonly groups: readonly string[];
  /** In the order of our preference; empty accepts connections without ALPN only. */
  readonly alpn: readonly string[];
  /** What a client gets that offers only other protocols: an alert, or a connection without ALPN. */
  readonly alpnMismatch: AlpnMismatch;
  readonly certificateCompression: readonly CertificateCompression[];
  /** Absent: clients are asked for no certificate. */
  readonly clientCertificates?: ClientCertificatePolicy;
}

export const CIPHER_ORDERS = ['server', 'client'] as const;
export type CipherOrder = (typeof CIPHER_ORDERS)[number];

export const ALPN_MISMATCHES = ['refuse', 'ignore'] as const;
export type AlpnMismatch = (typeof ALPN_MISMATCHES)[number];

/**
 * `request` asks and accepts what comes, also nothing; `require` wants one of any issuer; `verify`
 * wants one that the authorities signed and have not revoked.
 */
export const CLIENT_CERTIFICATE_MODES = ['request', 'require', 'verify'] as const;

export interface ClientCertificatePolicy {
  readonly mode: (typeof CLIENT_CERTIFICATE_MODES)[number];
  /** The authorities; `verify` has them, for the others they only tell verified ones apart. */
  readonly caPem?: string;
  readonly crlPem?: string;
}

/** `tcp` endpoints have no host, and are part of their listener's settings. */
export const ENDPOINT_PROTOCOLS = ['http', 'https', 'tls'] as const;

export interface Endpoint extends UpstreamGroup {
  /** Exact name or wildcard. */
  readonly host: Name;
  readonly protocol: (typeof ENDPOINT_PROTOCOLS)[number];
  /** Absent for `http` endpoints, and for `tls` endpoints that pass bytes through unopened. */
  readonly terminate?: TlsPolicy;
  /** What takes its place on listeners with a policy of their own, by that policy's name. */
  readonly terminateAt?: Readonly<Record<string, TlsPolicy>>;
  /** The whole Strict-Transport-Security field of every response over TLS. */
  readonly hsts?: string;
  /** Instead of upstreams, of which there are then none. */
  readonly redirect?: Redirect;
}

export interface Redirect {
  readonly location: string;
  /** The path and query of the request follow the location. */
  readonly keepsPath: boolean;
  readonly status: number;
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
