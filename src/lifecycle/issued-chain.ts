/**
 * A checked chain as an issuance records it.
 *
 * @module
 */
import type { Chain } from '../pki/chain.ts';
import type { IssuanceRecord } from '../store/records.ts';

type IssuedChain = Pick<
  IssuanceRecord,
  | 'serial'
  | 'fingerprint256'
  | 'keyFingerprint256'
  | 'chainPem'
  | 'notBefore'
  | 'notAfter'
  | 'issuedAt'
  | 'ariId'
>;

export function issuedChain(chain: Chain, issuedAt: Date): IssuedChain {
  const { serial, fingerprint256, keyFingerprint256, notBefore, notAfter, ariId } = chain;
  return {
    serial,
    fingerprint256,
    keyFingerprint256,
    chainPem: chain.pem,
    notBefore,
    notAfter,
    issuedAt,
    ...(ariId === undefined ? {} : { ariId }),
  };
}
