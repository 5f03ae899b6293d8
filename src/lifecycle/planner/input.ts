/**
 * What the planner judges, and what it answers.
 *
 * @module
 */
import type { CertificateSpec } from '../../core/certificate-spec.ts';
import type {
  CertificateSource,
  FailureState,
  IssuanceRecord,
  RenewalState,
} from '../../store/records.ts';

export interface PlannerInput {
  readonly now: Date;
  readonly spec: CertificateSpec;
  readonly source: CertificateSource;
  /** What is served now. */
  readonly issuance: IssuanceRecord | undefined;
  readonly renewal: RenewalState;
  readonly failure: FailureState | undefined;
  /**
   * What a person asked for: `look` does what is due although an attempt has just failed, `replace`
   * wants a new certificate whatever the checks say.
   */
  readonly wish: Wish;
}

export type Wish = 'none' | 'look' | 'replace';

/** Why a certificate is replaced. Stable words: stored, shown and tested. */
export type IssueReason =
  | 'forced'
  | 'missing'
  | 'revoked'
  | 'expired'
  | 'emergency'
  | 'names-changed'
  | 'key-type-changed'
  | 'issuer-changed'
  | 'profile-changed'
  | 'ari-window'
  | 'lifetime';

export type WaitReason =
  | 'valid'
  | 'backing-off'
  | 'parked'
  | 'just-issued'
  | 'not-permitted'
  | 'not-managed';

export type Decision =
  | { readonly action: 'issue'; readonly reason: IssueReason; readonly message: string }
  | {
      readonly action: 'wait';
      readonly reason: WaitReason;
      readonly message: string;
      /** Absent when nothing will ever have to be done. */
      readonly until?: Date;
    };

/** What a check found wrong. */
export interface Objection {
  readonly reason: IssueReason;
  readonly message: string;
}

export type Check = (input: PlannerInput) => Objection | undefined;
