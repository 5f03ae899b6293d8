/**
 * The key of a new order: a new one, or the one before it where that is wanted and still good.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { AppError } from '../core/errors.ts';
import { parseChain } from '../pki/chain.ts';
import { createCsr } from '../pki/csr.ts';
import { generatePrivateKey } from '../pki/keys.ts';
import { readCsr } from '../pki/read-csr.ts';
import type { IssuanceRecord, OrderRecord, SecretRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { LifecycleContext } from './context.ts';
import type { SealedKeys } from './sealed-keys.ts';

export interface OrderKey {
  /** Absent when the key is elsewhere. */
  readonly keySecretId?: string;
  /** Absent when the store has the key already. */
  readonly secret?: SecretRecord;
  readonly csr: Uint8Array;
}

/** @throws `input/invalid` when a supplied CSR has a compromised key. */
export async function keyFor(
  { store, keys }: Pick<LifecycleContext, 'store' | 'keys'>,
  orderId: string,
  { names, keyType, reuseKey, csr }: CertificateSpec,
  predecessor: IssuanceRecord | undefined,
): Promise<OrderKey> {
  if (csr !== undefined) {
    await refuseCompromised(store, csr.keyFingerprint256);
    return { csr: new Uint8Array(Buffer.from(csr.der, 'base64url')) };
  }
  const kept = predecessor?.keySecretId;
  const isKept =
    reuseKey === true &&
    predecessor?.keyType === keyType &&
    !(await isCompromised(store, predecessor));
  if (isKept && kept !== undefined) {
    return {
      keySecretId: kept,
      csr: await createCsr({ names, privateKey: await keys.load(kept) }),
    };
  }
  const privateKey = await generatePrivateKey(keyType);
  const keySecretId = `certificate-key/${orderId}`;
  const secret = keys.seal(keySecretId, privateKey);
  return { keySecretId, secret, csr: await createCsr({ names, privateKey }) };
}

/** The key, or its public half where the key is elsewhere: enough to check a chain. */
export async function keyOfOrder(keys: SealedKeys, order: OrderRecord): Promise<KeyObject> {
  return order.keySecretId === undefined
    ? (await readCsr(order.csr)).publicKey
    : keys.load(order.keySecretId);
}

async function refuseCompromised(store: Store, keyFingerprint256: string): Promise<void> {
  const sharing = await store.issuances.withKey(keyFingerprint256);
  if (sharing.every(({ revocationReason }) => revocationReason !== 'keyCompromise')) return;
  throw new AppError('input/invalid', 'the key of the signing request is compromised', {
    mend: 'Give a request for a new key with `certctl issue --csr FILE`.',
  });
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
