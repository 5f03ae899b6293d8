/**
 * What the store keeps of deliveries to targets.
 *
 * @module
 */
import type { WireError } from '../core/error-wire.ts';

/** The state of one certificate at one target. */
export interface DeploymentRecord {
  readonly certificateId: string;
  /** By its name in the configuration. */
  readonly target: string;
  /** What the target has; absent when nothing has arrived there yet. */
  readonly deployed?: {
    readonly issuanceId: string;
    /** Of the target's settings at that time. */
    readonly settingsDigest: string;
    readonly message: string;
    readonly at: Date;
  };
  /** Set from the first failure until the next success. */
  readonly failure?: {
    readonly count: number;
    readonly issuanceId: string;
    readonly error: WireError;
    readonly at: Date;
    readonly retryAt: Date;
  };
}

export interface DeploymentTable {
  /** Inserts or replaces; does nothing when the certificate is gone. */
  save(record: DeploymentRecord): Promise<void>;
  find(certificateId: string, target: string): Promise<DeploymentRecord | undefined>;
  ofCertificate(certificateId: string): Promise<DeploymentRecord[]>;
  /** All there are, in the order of certificates. */
  list(): Promise<DeploymentRecord[]>;
  /** The failed ones whose next attempt has come, the longest due first. */
  retriesDue(now: Date, limit: number): Promise<DeploymentRecord[]>;
  earliestRetryAt(after: Date): Promise<Date | undefined>;
  /** Forgets a certificate at a target. Idempotent. */
  remove(certificateId: string, target: string): Promise<void>;
}
