/**
 * The issuer's contract: who signs certificates.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type {
  ChallengeSettings,
  ChallengeType,
  FailedChallenge,
  KeyType,
} from '../core/certificate-spec.ts';
import type { Name } from '../core/names.ts';
import type { CaLimits } from './ca-limits.ts';
import type { RevocationReason } from '../core/revocation-reason.ts';
import type { Reporter } from '../observe/progress.ts';

export interface Issuer {
  /** Its name in the configuration. */
  readonly name: string;
  /** Present when others count what this issuer is asked. */
  readonly counted?: CountedIssuer;
  /**
   * Refuses, before anything is asked of anybody, what this issuer can never do.
   * @throws `name/…`, `acme/challenge-unavailable`, `issuer/unsupported`.
   */
  check(request: IssuerRequest): void;
  /**
   * Obtains a chain for the CSR in `request`, PEM with the leaf first.
   *
   * Every fact that a later attempt needs is given to `request.journal` before the next step, and
   * what the journal already holds is continued: the same order, never a second one. Only a failed
   * challenge, after which no CA completes an order, leads to another with the next challenge type.
   * Aborting leaves the journal usable.
   * @throws `acme/order-failed` when the journaled order can no longer lead to a certificate; the
   * caller closes the journal and starts anew.
   */
  obtain(request: ObtainRequest, signal: AbortSignal): Promise<ObtainedChain>;
  /** Present when the issuer has a directory to rehearse at; the journal is of this order alone. */
  readonly rehearsal?: Pick<Issuer, 'counted' | 'obtain'>;
  /** Revokes by the account or authority that issued. `reason` as in RFC 5280 §5.3.1. */
  revoke(leafDer: Uint8Array, reason: RevocationReason, signal: AbortSignal): Promise<void>;
  /** By the certificate's own key; present when the issuer takes that as proof. */
  revokeByKey?(
    leafDer: Uint8Array,
    privateKey: KeyObject,
    reason: RevocationReason,
    signal: AbortSignal,
  ): Promise<void>;
  /** Present when the issuer can say when to renew (RFC 9773). */
  renewalInfo?(ariId: string, signal: AbortSignal): Promise<RenewalInfoAnswer>;
  /** Present when there is a CA to ask: what it says of itself, without an order. */
  facts?(signal: AbortSignal): Promise<IssuerFacts>;
  /** Present where the issuer knows its users by accounts. */
  readonly account?: IssuerAccount;
  close(): Promise<void>;
}

/** What checks before an order need to know of a CA. */
export interface IssuerFacts {
  /** The domains by which CAA records name the CA (RFC 8555 §7.1.1). */
  readonly caaIdentities: readonly string[];
  /** Absent while there is no account. */
  readonly accountUrl?: string;
  /** The CA's clock minus ours, to the second. */
  readonly clockAheadMs?: number;
}

export interface CountedIssuer {
  /** Issuers of one directory share its limits and its account. */
  readonly directoryUrl: string;
  /** What is configured; the limits that the CA publishes stand behind it. */
  readonly limits: CaLimits;
}

export interface IssuerRequest extends ChallengeSettings {
  readonly names: readonly Name[];
  readonly profile?: string | undefined;
  /** Of several chains, the one with an issuer of this name; another is better than none. */
  readonly preferredChain?: string | undefined;
}

export interface ObtainRequest extends IssuerRequest {
  /** PKCS #10, DER, with exactly `names`. */
  readonly csr: Uint8Array;
  /** The certificate that this one replaces (RFC 9773 §5), where there is one. */
  readonly replaces?: string;
  readonly journal: OrderJournal;
  /**
   * Present when an earlier attempt may have created an order whose URL it never learnt.
   * `unknownAmong`: those of the URLs that no other journal has.
   */
  readonly lost?: {
    readonly unknownAmong: (urls: readonly string[]) => Promise<readonly string[]>;
  };
  readonly report: Reporter;
  /**
   * Called by issuers with `facts`, after the account is known and before a new order is created;
   * not when the journal's order is continued. What it throws is the result.
   */
  readonly beforeOrder?: (facts: IssuerFacts, signal: AbortSignal) => Promise<void>;
}

export interface ObtainedChain {
  readonly chainPem: string;
  /** The profile that the issuer used, where it names one. */
  readonly profile?: string;
}

/** What is known of an order in progress. */
export interface JournalEntry {
  readonly url?: string;
  readonly finalizeUrl?: string;
  readonly certificateUrl?: string;
  readonly challenge?: ChallengeType;
  readonly answers: readonly JournaledAnswer[];
  /** What earlier orders of this journal have failed by. */
  readonly failedChallenges?: readonly FailedChallenge[];
  /** The CA would not have the order name its predecessor. */
  readonly replacesRefused?: boolean;
  /** The CA has certainly no order of this journal that is open. */
  readonly hasNoOrder?: boolean;
}

export interface JournaledAnswer {
  readonly type: ChallengeType;
  readonly name: Name;
  readonly token: string;
  readonly keyAuthorization: string;
  readonly accountUrl?: string;
  /** Where in DNS it is, and by which credential. */
  readonly place?: { readonly name: string; readonly credential: string };
}

export interface OrderJournal {
  readonly entry: JournalEntry;
  /** On disk when it resolves. */
  save(change: Partial<JournalEntry>): Promise<void>;
  /** Forgets the CA's order, but not the answers; on disk at once with why. */
  startOver(failed: readonly FailedChallenge[]): Promise<void>;
}

export type RenewalInfoAnswer =
  | {
      readonly available: false;
      /** It may answer soon (RFC 9773 §4.3.3): a timeout, or an error of its own. */
      readonly isTemporary: boolean;
      /** When it wants to be asked again, where it said so. */
      readonly retryAt?: Date;
    }
  | {
      readonly available: true;
      readonly window: { readonly start: Date; readonly end: Date };
      readonly explanationUrl?: string;
      readonly checkAt: Date;
    };

/** The account at an issuer. What its methods change is on disk when they resolve. */
export interface IssuerAccount {
  /** What is kept, and what the CA says of it. Fails for nothing but an abort. */
  show(signal: AbortSignal): Promise<AccountState>;
  /** Registers where there is no account, or one that was deactivated. */
  register(report: Reporter, signal: AbortSignal): Promise<AccountState>;
  /**
   * Gives the account a new key (RFC 8555 §7.3.5); a change that was interrupted is finished. The
   * account's URL stays. @throws `input/invalid` where there is no account.
   */
  rollOver(report: Reporter, signal: AbortSignal): Promise<AccountState>;
  /** For ever. Succeeds for what is deactivated already. @throws `input/invalid` as `rollOver`. */
  deactivate(report: Reporter, signal: AbortSignal): Promise<AccountState>;
}

export interface AccountState {
  readonly directoryUrl: string;
  /** `none`: not registered from here; `unknown`: the CA does not say, for the reason in `problem`. */
  readonly status: 'none' | 'valid' | 'deactivated' | 'revoked' | 'unknown';
  readonly problem?: string;
  readonly url?: string;
  /** What the CA was told. */
  readonly contact: readonly string[];
  readonly keyType?: KeyType;
  /** RFC 7638, over SHA-256. */
  readonly thumbprint?: string;
  readonly isKeyChangeUnfinished: boolean;
}

/** Where an ACME issuer keeps its account. */
export interface AccountVault {
  load(directoryUrl: string): Promise<StoredAccount | undefined>;
  /** On disk, sealed, when it resolves. */
  save(directoryUrl: string, account: StoredAccount): Promise<void>;
  /** Runs `work` while no other process changes the account at the same directory. */
  exclusively<T>(directoryUrl: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export interface StoredAccount {
  /** Absent while the CA has not confirmed the account. */
  readonly url?: string;
  readonly contact: readonly string[];
  readonly privateKey: KeyObject;
  /** While a key change is unfinished either key may be the account's. */
  readonly nextPrivateKey?: KeyObject;
  readonly deactivatedAt?: Date;
}

/** Where an internal issuer keeps its root and intermediate. */
export interface AuthorityVault {
  load(issuer: string): Promise<StoredAuthorities | undefined>;
  /** Saves both at once. @throws `store/conflict` when another process was first. */
  create(issuer: string, authorities: StoredAuthorities): Promise<void>;
}

export interface StoredAuthorities {
  readonly root: StoredAuthority;
  readonly intermediate: StoredAuthority;
}

export interface StoredAuthority {
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
  readonly notAfter: Date;
}

/** Finds issuers by their names, opening each at first use. */
export interface IssuerSource {
  /** @throws `issuer/unknown`. */
  find(name: string): Promise<Issuer>;
}
