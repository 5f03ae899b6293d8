import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestLifecycle, openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import type { CertificateSpec } from '../core/certificate-spec.ts';
import { parseChain } from '../pki/chain.ts';
import { sampleOrder } from '../store/sample-records.contract.ts';
import type { IssuanceRecord } from '../store/records.ts';
import { attend } from './attend.ts';
import { changeCertificate } from './change-certificate.ts';
import { newCertificate } from './issue.ts';
import { revokeCertificate } from './revoke.ts';

let test: TestLifecycle;
let id: string;

beforeEach(async () => {
  test = await openLifecycle();
  const spec = specFor(['app.example.com'], { reuseKey: true });
  const certificate = newCertificate(test.clock.now(), spec, 'added');
  ({ id } = certificate);
  await test.context.store.certificates.insert(certificate);
});
afterEach(() => test[Symbol.asyncDispose]());

async function replace(): Promise<IssuanceRecord> {
  test.clock.advance(1_000);
  const options = { wish: 'replace', patience: 'none', report: () => undefined } as const;
  const { issuance } = await attend(test.context, id, options, new AbortController().signal);
  if (issuance === undefined) throw new Error('nothing was issued');
  return issuance;
}

async function want(change: Partial<CertificateSpec>): Promise<void> {
  await changeCertificate(test.context.store, id, ({ spec, ...record }) => ({
    ...record,
    spec: { ...spec, ...change },
  }));
}

describe('a key that renewals keep', () => {
  it('stays the same, in one secret, and the store knows who has it', async () => {
    const first = await replace();
    const second = await replace();
    expect(second.serial).not.toBe(first.serial);
    expect(second.keySecretId).toBe(first.keySecretId);
    const { keyFingerprint256 } = parseChain(second.chainPem);
    expect(second.keyFingerprint256).toBe(keyFingerprint256);
    const sharing = await test.context.store.issuances.withKey(keyFingerprint256);
    expect(sharing.map((each) => each.id)).toEqual([second.id, first.id]);
  });

  it('is a new one when another type or no reuse is wanted', async () => {
    const first = await replace();
    await want({ keyType: 'ec384' });
    const second = await replace();
    expect(second).toMatchObject({ keyType: 'ec384' });
    expect(second.keySecretId).not.toBe(first.keySecretId);
    await want({ reuseKey: false });
    expect((await replace()).keySecretId).not.toBe(second.keySecretId);
  });

  it('is not used by an order that was open when it was compromised', async () => {
    const { keySecretId = '' } = await replace();
    const { store } = test.context;
    const certificate = await store.certificates.find(id);
    const open = sampleOrder('open', id, { keySecretId, issuer: 'internal' });
    await store.orders.open({ ...open, ...(certificate && { spec: certificate.spec }) });
    const request = { name: 'app.example.com', reason: 'keyCompromise' } as const;
    const { next } = await revokeCertificate(
      test.context,
      request,
      () => undefined,
      new AbortController().signal,
    );
    expect(next).toMatchObject({ action: 'issue', reason: 'revoked' });
    expect(await store.orders.find('open')).toMatchObject({ outcome: 'abandoned' });
    expect((await replace()).keySecretId).not.toBe(keySecretId);
  });

  it('is a new one when any certificate with it was revoked for its compromise', async () => {
    const first = await replace();
    const second = await replace();
    const { issuances } = test.context.store;
    await issuances.markRevoked(first.id, test.clock.now(), 'keyCompromise');
    const third = await replace();
    expect(third.keySecretId).not.toBe(second.keySecretId);
    expect((await replace()).keySecretId).toBe(third.keySecretId);
  });
});
