/**
 * The key of a new order: a new one, or the one before it where that is wanted and still good.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { parseChain } from '../pki/chain.ts';
import { generatePrivateKey } from '../pki/keys.ts';
import type { IssuanceRecord, SecretRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { LifecycleContext } from './context.ts';

export interface OrderKey {
  readonly keySecretId: string;
  readonly privateKey: KeyObject;
  /** Absent when the store has the key already. */
  readonly secret?: SecretRecord;
}

export async function keyFor(
  { store, keys }: Pick<LifecycleContext, 'store' | 'keys'>,
  orderId: string,
  { keyType, reuseKey }: CertificateSpec,
  predecessor: IssuanceRecord | undefined,
): Promise<OrderKey> {
  const isKept =
    reuseKey === true &&
    predecessor?.keyType === keyType &&
    !(await isCompromised(store, predecessor));
  if (isKept) {
    const { keySecretId } = predecessor;
    return { keySecretId, privateKey: await keys.load(keySecretId) };
  }
  const privateKey = await generatePrivateKey(keyType);
  const keySecretId = `certificate-key/${orderId}`;
  return { keySecretId, privateKey, secret: keys.seal(keySecretId, privateKey) };
}

/** True when any certificate with the key of this one was revoked because the key is known. */
async function isCompromised(store: Store, issuance: IssuanceRecord): Promise<boolean> {
  if (issuance.revocationReason === 'keyCompromise') return true;
  const sharing = await store.issuances.withKey(keyOf(issuance));
  return sharing.some(({ revocationReason }) => revocationReason === 'keyCompromise');
}

/** Records of before the store kept it have it in their chain. */
export function keyOf({ keyFingerprint256, chainPem }: IssuanceRecord): string {
  return keyFingerprint256 ?? parseChain(chainPem).keyFingerprint256;
}
