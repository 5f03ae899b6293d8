/**
 * What the store keeps of the self-check: where clients get something else than what is stored.
 *
 * @module
 */
import type { Name } from '../core/names.ts';

export const SERVED_FAULTS = ['mismatch', 'not-served'] as const;

export interface ServedFault {
  readonly certificateId: string;
  /** The server name that was asked for. */
  readonly name: Name;
  /** Where it was asked for: `host:port`. */
  readonly address: string;
  /** Another certificate, or none. */
  readonly kind: (typeof SERVED_FAULTS)[number];
  /** A lower-case fragment. */
  readonly message: string;
  /** Of the certificate that should be served. */
  readonly serial: string;
  readonly servedSerial?: string;
  /** When it was noticed first. */
  readonly since: Date;
  readonly seenAt: Date;
}

export interface ServedTable {
  /** Inserts or replaces, and tells it when it is new or another one. Not for certificates that are gone. */
  report(fault: ServedFault): Promise<void>;
  /** It is served again. Idempotent. */
  clear(certificateId: string, name: Name): Promise<void>;
  /** Those of a certificate, or all, in the order of certificates and names. */
  list(certificateId?: string): Promise<ServedFault[]>;
  count(): Promise<number>;
  /** Forgets those that were last seen before: nobody asks for them any more. */
  forget(before: Date): Promise<void>;
}
