/**
 * Which targets there are, and which certificates go to them, given by the composition root.
 *
 * @module
 */
import type { Target } from '../../targets/target.ts';
import type { CertificateRecord } from '../../store/records.ts';

export interface ConfiguredTarget {
  readonly target: Target;
  /** Differs when what it is to do has changed. */
  readonly settingsDigest: string;
}

export interface TargetSource {
  find(name: string): ConfiguredTarget | undefined;
  /** The names of the targets of a certificate, in their order. */
  assignedTo(certificate: Pick<CertificateRecord, 'spec'>): readonly string[];
  /** False when nothing goes anywhere. */
  readonly isUsed: boolean;
}
