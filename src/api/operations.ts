/**
 * What the control plane can do: the one interface that the command line works with, be it in this
 * process or in the daemon.
 *
 * @module
 */
import type { DelegationRecord, DelegationZone } from '../dns/delegation.ts';
import type { AccountState } from '../issuers/issuer.ts';
import type { IssuerSettings } from '../issuers/issuer-settings.ts';
import type { DeploymentAttempt } from '../lifecycle/deployment/deploy.ts';
import type { IssueResult } from '../lifecycle/issue.ts';
import type { Finding } from '../lifecycle/preflight/finding.ts';
import type { RenewResult } from '../lifecycle/renew.ts';
import type { RevocationRequest } from '../lifecycle/revoke.ts';
import type { ForeignRevocation, RevokedCertificate } from '../lifecycle/revoke-foreign.ts';
import type { KeyringRotation, KeyringStatus } from '../lifecycle/rotate-keyring.ts';
import type { Paired } from '../core/paired.ts';
import type { CertificateChoice } from '../lifecycle/select.ts';
import type { ExportedCertificate } from '../lifecycle/transfer.ts';
import type { CertificateDetail, CertificateView } from '../lifecycle/view.ts';
import type { CountsView } from '../observe/counts-view.ts';
import type { Reporter } from '../observe/progress.ts';
import type { Counters } from '../terminator/counters.ts';
import type { UpstreamReport } from '../terminator/report.ts';
import type { EventOperations } from './event-operations.ts';
import type { ResourceOperations } from './resource-operations.ts';
import type { ImportBody, IssueBody, PersistRecordBody, RenewBody } from './requests.ts';

/** All values are plain JSON, the same from both. Every method rejects with an `AppError`. */
export interface Operations extends ResourceOperations, EventOperations {
  issue(body: IssueBody, report: Reporter, signal: AbortSignal): Promise<Paired<IssueResult>>;
  renew(body: RenewBody, report: Reporter, signal: AbortSignal): Promise<RenewResult[]>;
  list(body: object, report: Reporter, signal: AbortSignal): Promise<CertificateView[]>;
  show(
    body: CertificateChoice,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<Paired<CertificateDetail>>;
  revoke(body: RevocationRequest, report: Reporter, signal: AbortSignal): Promise<CertificateView>;
  revokeForeign(
    body: Omit<ForeignRevocation, 'issuer'> & { readonly adHocIssuer: IssuerSettings },
    report: Reporter,
    signal: AbortSignal,
  ): Promise<RevokedCertificate>;
  remove(
    body: CertificateChoice,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<Paired<CertificateView>>;
  /** Brings it to its targets, or to one of any, whether they have it or not. */
  deploy(
    body: CertificateChoice & { readonly target?: string | undefined },
    report: Reporter,
    signal: AbortSignal,
  ): Promise<DeploymentAttempt[]>;
  exportCertificate(
    body: CertificateChoice & { readonly withKey: boolean },
    report: Reporter,
    signal: AbortSignal,
  ): Promise<ExportedCertificate>;
  importCertificate(
    body: ImportBody,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<CertificateView>;
  explain(body: Named, report: Reporter, signal: AbortSignal): Promise<Explanation>;
  showAccount(body: OfIssuer, report: Reporter, signal: AbortSignal): Promise<AccountView>;
  registerAccount(body: OfIssuer, report: Reporter, signal: AbortSignal): Promise<AccountView>;
  rollOverAccount(body: OfIssuer, report: Reporter, signal: AbortSignal): Promise<AccountView>;
  deactivateAccount(
    body: { readonly issuer: string },
    report: Reporter,
    signal: AbortSignal,
  ): Promise<AccountView>;
  /** Every finding about these names, or about all that is managed when there are none. */
  diagnose(
    body: { readonly names: readonly string[] },
    report: Reporter,
    signal: AbortSignal,
  ): Promise<Finding[]>;
  /** The record that lets this account prove `name` by dns-persist-01, and whether it is set. */
  persistRecord(
    body: PersistRecordBody,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<PersistRecord>;
  /** What the owner of a name sets, once, so that its challenge records are written in our zone. */
  delegationRecord(
    body: Named,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<DelegationRecordView>;
  /** Writes a record of no meaning by a DNS credential, looks for it at each server, removes it. */
  testCredential(
    body: { readonly credential: string; readonly name: string },
    report: Reporter,
    signal: AbortSignal,
  ): Promise<CredentialTest>;
  exportAuthority(
    body: { readonly issuer: string },
    report: Reporter,
    signal: AbortSignal,
  ): Promise<{ readonly rootPem: string }>;
  keyringStatus(body: object, report: Reporter, signal: AbortSignal): Promise<KeyringStatus>;
  rotateKeyring(body: object, report: Reporter, signal: AbortSignal): Promise<KeyringRotation>;
  status(body: object, report: Reporter, signal: AbortSignal): Promise<DaemonStatus>;
}

export interface Named {
  readonly name: string;
}

export interface OfIssuer {
  /** Absent for the default issuer. */
  readonly issuer?: string | undefined;
}

export interface PersistRecord {
  readonly issuer: string;
  /** The Internet-Draft that gives it its form. */
  readonly draft: string;
  /** To be set. */
  readonly record: { readonly name: string; readonly type: 'TXT'; readonly value: string };
  /** `unknown` when DNS gives no answer. */
  readonly state: 'set' | 'missing' | 'unknown';
  /** What was found there. */
  readonly message: string;
}

export interface DelegationRecordView extends DelegationZone {
  /** To be set by the owner of the name. */
  readonly record: DelegationRecord;
  /** `unknown` when DNS gives no answer. */
  readonly state: 'set' | 'missing' | 'unknown';
  /** What was found there. */
  readonly message: string;
}

export interface CredentialTest {
  /** Who wrote it: that of the delegation, where the name is delegated. */
  readonly credential: string;
  /** What a CA would ask for. */
  readonly record: string;
  /** Where that leads. */
  readonly writtenAt: string;
  /** Until the host had accepted it. */
  readonly writtenMs: number;
  /** From then until all servers had it, with the extra wait of the settings. */
  readonly visibleMs: number;
  readonly removedMs: number;
  /** When each had it, counted from the same moment as `visibleMs`. */
  readonly servers: readonly { readonly server: string; readonly ms: number }[];
}

export interface AccountView extends AccountState {
  readonly issuer: string;
}

/** Which endpoint, policy and certificate a server name gets, and why. */
export interface Explanation {
  readonly name: string;
  readonly decision: 'terminate' | 'pass-through' | 'issue' | 'refuse';
  /** One sentence for each step of the decision, in order. */
  readonly because: readonly string[];
  readonly listeners: readonly {
    readonly listener: string;
    readonly protocol: string;
    /** What clients without a server name get. */
    readonly noServerName?: string;
  }[];
  /** Every host that could have been taken, in this order. */
  readonly considered: readonly {
    readonly host: string;
    readonly match: 'exact' | 'wildcard' | 'any';
    readonly protocol?: string;
    readonly verdict: string;
  }[];
  /** The usual one first, then those of listeners that have another. */
  readonly policies: readonly {
    /** Absent for the usual one. */
    readonly listener?: string;
    readonly policy: NonNullable<Explanation['policy']>;
    /** Where each value was said; `preset …` and `default` for what nobody said. */
    readonly sources: Readonly<Record<string, string>>;
  }[];
  /** For a client that can verify all of them; the chosen one first. */
  readonly candidates: readonly (NonNullable<Explanation['certificate']> & {
    readonly match: 'exact' | 'wildcard';
    readonly isValid: boolean;
    readonly reason: string;
  })[];
  readonly clients: readonly {
    readonly client: string;
    readonly listeners: readonly string[];
    readonly decision: Explanation['decision'];
    readonly alert?: string;
    readonly protocol?: string;
    readonly fingerprint256?: string;
    readonly keyAlgorithm?: string;
  }[];
  /** `unknown` where no daemon runs, `unused` where none was asked for yet. */
  readonly upstreams?: readonly {
    readonly upstream: string;
    readonly state: UpstreamReport['state'] | 'unknown' | 'unused';
    readonly open?: number;
  }[];
  readonly challenge: { readonly type: 'tls-alpn-01'; readonly isLive: boolean };
  readonly endpoint?: {
    readonly host: string;
    readonly protocol: string;
    readonly upstream: string;
  };
  readonly policy?: {
    readonly minVersion: string;
    readonly maxVersion: string;
    readonly ciphers: readonly string[];
    readonly cipherOrder: string;
    readonly groups: readonly string[];
    readonly alpn: readonly string[];
    readonly alpnMismatch: string;
    readonly certificateCompression: readonly string[];
    readonly clientCertificates?: {
      readonly mode: 'request' | 'require' | 'verify';
      readonly authorities: readonly string[];
      readonly checksRevocation: boolean;
    };
  };
  readonly certificate?: {
    readonly names: readonly string[];
    readonly fingerprint256: string;
    readonly keyAlgorithm: string;
    readonly notAfter: string;
  };
}

export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly dataDir: string;
  readonly configFile?: string;
  readonly listeners: readonly string[];
  readonly workers: number;
  /** Absent when it is switched off. */
  readonly selfCheck?: {
    /** Names that were asked for in the last round that has ended. */
    readonly names: number;
    readonly faults: number;
    readonly endedAt?: string;
  };
  /** Absent when no daemon runs. */
  readonly terminator?: TerminatorStatus;
}

export interface TerminatorStatus {
  readonly workers: readonly {
    readonly pid: number;
    readonly isDraining: boolean;
    readonly open: number;
  }[];
  /** Of all workers since the daemon started. */
  readonly counters: Counters;
  /** By host, or `tcp://` and the address of a tcp endpoint; `''` is for what belongs to none. */
  readonly endpoints: readonly {
    readonly endpoint: string;
    readonly protocol?: string;
    readonly counts: CountsView;
  }[];
  /** Those that were used. */
  readonly upstreams: readonly UpstreamReport[];
}
