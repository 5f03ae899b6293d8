/**
 * What programs and receivers are told of a delivery, beside chain and key.
 *
 * @module
 */
import type { Delivery } from './target.ts';

export interface DescribedDelivery {
  /** Of this form; a later one may have more fields. */
  readonly version: 1;
  readonly certificateId: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly keyType: string;
  readonly serial: string;
  readonly fingerprint256: string;
  readonly notBefore: string;
  readonly notAfter: string;
}

export function describeDelivery(delivery: Delivery): DescribedDelivery {
  const { certificateId, names, issuer, keyType, serial, fingerprint256 } = delivery;
  return {
    version: 1,
    certificateId,
    names,
    issuer,
    keyType,
    serial,
    fingerprint256,
    notBefore: delivery.notBefore.toISOString(),
    notAfter: delivery.notAfter.toISOString(),
  };
}
