import { describe, expect, it } from 'vitest';
import { type TestLifecycle, openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import type { CertificateRecord } from '../store/records.ts';
import { newCertificate } from './issue.ts';
import { renewCertificates } from './renew.ts';
import { removeCertificate, revokeCertificate } from './revoke.ts';

const SIGNAL = new AbortController().signal;
const CHANGED = { code: 'api/changed' };

interface Subject extends TestLifecycle {
  readonly id: string;
  readonly renew: (revision?: number) => Promise<unknown>;
  readonly revoke: (revision: number) => Promise<unknown>;
  readonly remove: (revision: number) => Promise<unknown>;
  record(): Promise<CertificateRecord>;
  countIssuances(): Promise<number>;
}

/** One certificate that was issued. */
async function openSubject(): Promise<Subject> {
  const lifecycle = await openLifecycle();
  const { context, clock } = lifecycle;
  const { store } = context;
  const certificate = newCertificate(clock.now(), specFor(['a.example.com']), 'added');
  const { id } = certificate;
  await store.certificates.insert(certificate);
  const subject: Subject = {
    ...lifecycle,
    id,
    renew: (revision) => renewCertificates(context, { ids: [id], revision }, () => {}, SIGNAL),
    revoke: (revision) => {
      const request = { name: '', id, revision, reason: 'superseded' } as const;
      return revokeCertificate(context, request, () => {}, SIGNAL);
    },
    remove: (revision) => removeCertificate(context, { name: '', id, revision }),
    record: async () => {
      const found = await store.certificates.find(id);
      if (found === undefined) throw new Error('the certificate is gone');
      return found;
    },
    countIssuances: async () => (await store.issuances.ofCertificate(id)).length,
  };
  await subject.renew();
  return subject;
}

describe('of what a caller has seen', () => {
  it('a change since then is refused, and nothing is done', async () => {
    await using subject = await openSubject();
    const { revision } = await subject.record();
    const earlier = revision - 1;
    for (const change of [subject.renew, subject.revoke, subject.remove]) {
      await expect(change(earlier)).rejects.toMatchObject(CHANGED);
    }
    expect(await subject.record()).toMatchObject({ revision });
    expect(await subject.countIssuances()).toBe(1);
    const [issuance] = await subject.context.store.issuances.ofCertificate(subject.id);
    expect(issuance?.revokedAt).toBeUndefined();
  });

  it('one of several that act at once gets it', async () => {
    await using subject = await openSubject();
    const { revision } = await subject.record();
    const changes = [subject.revoke(revision), subject.revoke(revision), subject.renew(revision)];
    const settled = await Promise.allSettled(changes);
    const refusals = settled.filter(({ status }) => status === 'rejected');
    expect(refusals).toMatchObject([{ reason: CHANGED }, { reason: CHANGED }]);
  });

  it('the removal of what is as it was is done', async () => {
    await using subject = await openSubject();
    const { revision } = await subject.record();
    await subject.remove(revision);
    expect(await subject.context.store.certificates.find(subject.id)).toBeUndefined();
  });
});
