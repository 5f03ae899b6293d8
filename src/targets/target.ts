/**
 * The contract of targets: places outside certctl that a certificate is brought to.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { KeyType } from '../core/certificate-spec.ts';
import type { Name } from '../core/names.ts';

/** One issuance on its way to a target. */
export interface Delivery {
  readonly certificateId: string;
  readonly names: readonly Name[];
  /** The certificate, then its intermediates. */
  readonly chainPem: string;
  /** Absent where the key is elsewhere. */
  readonly privateKey?: KeyObject;
  readonly keyType: KeyType;
  readonly issuer: string;
  readonly serial: string;
  readonly fingerprint256: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface Target {
  /**
   * Brings the issuance there, and resolves to what was done as a fragment for people. To do it
   * again changes nothing. What failed has left the target with what it had before, as far as the
   * target can be held to that. No error has any part of the private key.
   *
   * @throws `target/unavailable` or `file/unwritable`, when it can succeed later without a change;
   * `target/failed` when it was refused; `input/invalid` for a delivery that this target cannot take.
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}
