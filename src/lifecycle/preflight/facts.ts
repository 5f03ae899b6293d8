/**
 * What the checks judge: gathered first, so that judging needs nobody.
 *
 * @module
 */
import type { CertificateSpec, ChallengeType } from '../../core/certificate-spec.ts';
import type { AppError } from '../../core/errors.ts';
import type { Name } from '../../core/names.ts';
import type { AddressLookup } from '../../dns/addresses.ts';
import type { CaaLookup } from '../../dns/caa.ts';
import type { DelegationZone } from '../../dns/delegation.ts';
import type { ServerTxt } from '../../dns/txt-at-servers.ts';
import type { IssuerFacts } from '../../issuers/issuer.ts';
import type { FailureState, IssuanceRecord } from '../../store/records.ts';
import type { OwnAddresses } from './own-addresses.ts';

export interface CertificateFacts {
  readonly now: Date;
  readonly spec: CertificateSpec;
  /** Absent for names that are not managed. */
  readonly state?: {
    readonly issuance: IssuanceRecord | undefined;
    readonly failure: FailureState | undefined;
  };
  readonly issuers: readonly IssuerState[];
  readonly own: OwnAddresses;
  readonly names: readonly NameFacts[];
  readonly probes: readonly ProbeFacts[];
}

export interface IssuerState {
  readonly name: string;
  /** Why it cannot issue what is wanted. */
  readonly objection?: AppError;
  /** Absent where there is no CA to ask, or it gave no answer. */
  readonly facts?: IssuerFacts;
  readonly silence?: AppError;
}

export interface NameFacts {
  readonly name: Name;
  /** Absent for IP addresses, as all that DNS knows. */
  readonly addresses?: AddressLookup;
  /** The end of the CNAME chain of its challenge records. */
  readonly delegation?: string;
  /** What that has to be for a name that is delegated to us. */
  readonly wantedDelegation?: DelegationZone & { readonly target: string };
  readonly caa?: CaaLookup;
  /** The records for dns-persist-01, where that is among the challenges. */
  readonly persist?: readonly ServerTxt[];
}

/** What came of playing the CA against ourselves. */
export interface ProbeFacts {
  readonly name: Name;
  readonly type: ChallengeType;
  /** Absent when not even the answer could be put in place. */
  readonly address?: string;
  readonly fault?: { readonly message: string; readonly mend?: string | undefined };
}

export interface MachineFacts {
  readonly dataDir: {
    readonly path: string;
    /** Absent while there is none. */
    readonly found?: { readonly mode: number; readonly freeBytes: number };
  };
  /** What SQLite finds wrong; absent while there is no database. */
  readonly databaseFaults?: readonly string[];
  /** Why the control plane could not be opened. */
  readonly openFault?: AppError;
  readonly hasDaemon: boolean;
}
