/**
 * The records that the store keeps, as values.
 *
 * @module
 */
import type {
  CertificateSpec,
  ChallengeType,
  FailedChallenge,
  KeyType,
} from '../core/certificate-spec.ts';
import type { WireError } from '../core/error-wire.ts';
import type { Name } from '../core/names.ts';
import type { Sealed } from '../core/sealed.ts';

/** Who asked for the certificate: the configuration, a person, an endpoint's host, its clients, an
 * import; or that the configuration no longer names it: served while it is valid, not renewed. */
export type CertificateSource =
  | 'file'
  | 'added'
  | 'endpoint'
  | 'on-demand'
  | 'imported'
  | 'released';

/** What the CA said about renewal (RFC 9773 §4), and the instant drawn from it. */
export interface RenewalState {
  /** The random instant inside `window`, drawn once for each window. */
  readonly renewAt?: Date;
  readonly window?: { readonly start: Date; readonly end: Date };
  readonly explanationUrl?: string;
  /** When to ask the CA again. */
  readonly checkAt?: Date;
  /** How often in a row the CA failed to answer for the moment. */
  readonly failures?: number;
}

export interface FailureState {
  readonly count: number;
  /** The first of them; absent where that was the last one, too. */
  readonly since?: Date;
  readonly lastError: WireError;
  readonly lastErrorAt: Date;
  /** No attempt before this instant unless a person forces it. */
  readonly retryAt: Date;
  /** Set while a name leads elsewhere: at `retryAt` DNS is looked at, and not the CA asked. */
  readonly parked?: { readonly since: Date; readonly message: string };
}

/** What keeps a certificate that is due from being ordered. */
export interface WaitState {
  /** A bucket or a pause, by its key. */
  readonly scope: string;
  readonly message: string;
  /** Absent: until a person tries again. */
  readonly until?: Date;
  /** Where the CA lets a person lift it. */
  readonly url?: string;
}

export interface CertificateRecord {
  readonly id: string;
  readonly spec: CertificateSpec;
  readonly source: CertificateSource;
  readonly issuanceId?: string;
  readonly renewal: RenewalState;
  readonly failure?: FailureState;
  readonly waiting?: WaitState;
  /** When the scheduler looks at this certificate next; `undefined` means never. */
  readonly nextActionAt?: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Increases with every update; an update names the revision it was made from. */
  readonly revision: number;
}

/** One signed chain with its key. */
export interface IssuanceRecord {
  readonly id: string;
  readonly certificateId: string;
  readonly issuer: string;
  readonly names: readonly Name[];
  readonly keyType: KeyType;
  readonly serial: string;
  readonly fingerprint256: string;
  /** SHA-256 of the public key, the same wherever this key is used. */
  readonly keyFingerprint256?: string;
  /** RFC 9773 §4.1, where the certificate has an authority key identifier. */
  readonly ariId?: string;
  readonly profile?: string;
  readonly chainPem: string;
  /** Absent where the key is elsewhere. */
  readonly keySecretId?: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly issuedAt: Date;
  readonly revokedAt?: Date;
  readonly revocationReason?: string;
}

/** A challenge answer that is, or may be, visible to the CA and must be cleaned up. */
export interface AnswerRecord {
  readonly type: ChallengeType;
  /** The identifier of the authorization, without `*.`. */
  readonly name: Name;
  readonly token: string;
  readonly keyAuthorization: string;
  /** Of types whose answer depends on the account. */
  readonly accountUrl?: string;
  /** Where in DNS it is, and by which credential. */
  readonly place?: { readonly name: string; readonly credential: string };
}

export type OrderOutcome = 'issued' | 'rehearsed' | 'failed' | 'abandoned';

/** The order journal: each field is on disk before the step that follows it. */
export interface OrderRecord {
  readonly id: string;
  readonly certificateId: string;
  readonly issuer: string;
  readonly spec: CertificateSpec;
  readonly reason: string;
  /** Absent where the key is elsewhere. */
  readonly keySecretId?: string;
  readonly csr: Uint8Array;
  readonly replaces?: string;
  /** Placed at the issuer's staging directory; its certificate is thrown away. */
  readonly isRehearsal?: true;
  /** The CA would not have `replaces`: the order goes without. */
  readonly replacesRefused?: boolean;
  /** The CA has certainly none; without a URL and without this it may have one. */
  readonly hasNoOrder?: boolean;
  readonly url?: string;
  readonly finalizeUrl?: string;
  readonly certificateUrl?: string;
  readonly challenge?: ChallengeType;
  readonly answers: readonly AnswerRecord[];
  readonly failedChallenges?: readonly FailedChallenge[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt?: Date;
  readonly outcome?: OrderOutcome;
  readonly error?: WireError;
}

export interface AccountRecord {
  /** The CA's directory URL: one account a directory. */
  readonly directoryUrl: string;
  /** Absent until the CA has confirmed the account; the key is stored before it is asked. */
  readonly url?: string;
  readonly contact: readonly string[];
  readonly keySecretId: string;
  /** The key that an unfinished key change gives to the account: it may be the account's already. */
  readonly nextKeySecretId?: string;
  readonly createdAt: Date;
  /** The CA refuses the account for ever since then. */
  readonly deactivatedAt?: Date;
}

export type AuthorityRole = 'root' | 'intermediate';

/** A certificate of an internal CA. */
export interface AuthorityRecord {
  readonly issuer: string;
  readonly role: AuthorityRole;
  readonly certificatePem: string;
  readonly keySecretId: string;
  readonly notAfter: Date;
}

/** An issuer given on the command line, kept so that renewals need no flags. */
export interface IssuerRecord {
  readonly name: string;
  /** JSON as the composition root understands it. */
  readonly settings: unknown;
  /** What of the settings must not lie there in clear. */
  readonly secretId?: string;
}

export interface SecretRecord {
  /** Also the associated data of the encryption: a secret opens only under its own id. */
  readonly id: string;
  readonly sealed: Sealed;
}

/** What session tickets are sealed with. */
export interface TicketSecretRecord {
  readonly secretId: string;
  readonly createdAt: Date;
}

/** The CA's word that something is not to be asked for. */
export interface PauseRecord {
  readonly scope: string;
  /** Absent: until a person lifts it. */
  readonly until?: Date;
  readonly reason: string;
  readonly url?: string;
}

export interface LeaseRecord {
  readonly name: string;
  readonly holder: string;
  /** Greater than that of every earlier lease of this name. */
  readonly fencingToken: number;
  readonly expiresAt: Date;
}
