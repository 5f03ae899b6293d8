/**
 * The events that a store writes, and that it writes them with the change or not at all.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { DAY_MS, after } from '../core/clock.ts';
import { EVENTS } from '../observe/events/catalogue.ts';
import { parseName } from '../core/names.ts';
import type { CertificateRecord } from './records.ts';
import {
  at,
  sampleCertificate,
  sampleIssuance,
  sampleOrder,
  sampleSecret,
} from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';
import { KEYRING_CHECK, type Store } from './store.ts';

const FAILURE = {
  count: 1,
  lastError: {
    code: 'acme/challenge-failed',
    message: 'no answer',
    context: { token: 'not to be told' },
  },
  lastErrorAt: at(5),
  retryAt: at(60),
} as const;

export function describeEvents(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: events`, () => {
    it('tell of the life of a certificate, in its order and by the catalogue', async () => {
      await using harness = await open();
      const { store } = harness;
      await liveThrough(store);
      const events = await store.events.after(0, 100);
      expect(events.map(({ type }) => type)).toStrictEqual([
        'certificate.issuance_failed.v1',
        'certificate.issued.v1',
        'certificate.renewal_failed.v1',
        'certificate.parked.v1',
        'certificate.unparked.v1',
        'certificate.renewed.v1',
        'certificate.revoked.v1',
        'certificate.released.v1',
        'certificate.removed.v1',
      ]);
      for (const { type, data, certificateId, names } of events) {
        expect({ certificateId, names }).toStrictEqual({
          certificateId: 'one',
          names: ['one.example.com'],
        });
        expect(EVENTS[type].parse(data)).toStrictEqual(data);
      }
      expect(JSON.stringify(events)).not.toContain('not to be told');
      const positions = events.map(({ position }) => position);
      expect(positions).toStrictEqual(positions.toSorted((left, right) => left - right));
    });

    it('are not written of a change that is refused', async () => {
      await using harness = await open();
      const { certificates, events, leases } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const failed = { ...sampleCertificate('one'), failure: FAILURE };
      await expect(certificates.update({ ...failed, revision: 7 })).rejects.toMatchObject({
        code: 'store/conflict',
      });
      const lease = await leases.claim('l', 'a', 1_000, at(0));
      if (lease === undefined) throw new Error('not claimed');
      await leases.release(lease);
      await expect(certificates.update(failed, lease)).rejects.toMatchObject({
        code: 'lease/held',
      });
      expect(await events.lastPosition()).toBe(0);
    });

    it('tell of accounts and of the keyring', async () => {
      await using harness = await open();
      const { accounts, secrets, events } = harness.store;
      const account = {
        directoryUrl: 'https://ca.example/directory',
        contact: [],
        keySecretId: 'k1',
        createdAt: at(0),
      };
      await accounts.save(account, sampleSecret('k1'));
      const registered = { ...account, url: 'https://ca.example/account/1' };
      await accounts.save(registered);
      await accounts.save({ ...registered, keySecretId: 'k2' }, sampleSecret('k2'));
      await accounts.save({ ...registered, keySecretId: 'k2', deactivatedAt: at(9) });
      const check = sampleSecret(KEYRING_CHECK);
      await secrets.insert(check);
      await secrets.replaceWrapping('kek-1', [
        { ...check, sealed: { ...check.sealed, kekId: 'kek-2' } },
      ]);
      const told = await events.after(0, 100);
      expect(told.map(({ type }) => type)).toStrictEqual([
        'account.registered.v1',
        'account.key_changed.v1',
        'account.deactivated.v1',
        'keyring.rotated.v1',
      ]);
      for (const { type, data } of told) expect(EVENTS[type].parse(data)).toStrictEqual(data);
    });

    it('tell of tokens, and nothing that could be used as one', async () => {
      await using harness = await open();
      const { tokens, events } = harness.store;
      const token = {
        id: 't1',
        name: 'ci',
        role: 'operator',
        patterns: [parseName('*.example.com')],
        hash: new Uint8Array(32).fill(7),
        createdAt: at(0),
        createdBy: 'socket',
      } as const;
      await tokens.insert(token);
      await expect(tokens.insert(token)).rejects.toMatchObject({ code: 'store/conflict' });
      const hash = new Uint8Array(32).fill(8);
      await tokens.rotate('t1', hash, at(1), at(9), at(99));
      await tokens.rotate('t1', hash, at(1), at(1), at(99));
      await tokens.markUsed('t1', at(2));
      await tokens.revoke('t1', at(3));
      await tokens.revoke('t1', at(4));
      await tokens.revoke('unknown', at(4));
      const told = await events.after(0, 100);
      const same = { tokenId: 't1', name: 'ci', role: 'operator', patterns: ['*.example.com'] };
      const dated = { ...same, expiresAt: at(99).toISOString() };
      expect(told.map(({ type, names, data }) => [type, names, data])).toStrictEqual([
        ['token.created.v1', [], { ...same, createdBy: 'socket' }],
        ['token.rotated.v1', [], { ...dated, previousUntil: at(9).toISOString() }],
        ['token.rotated.v1', [], dated],
        ['token.revoked.v1', [], dated],
      ]);
      for (const { type, data } of told) expect(EVENTS[type].parse(data)).toStrictEqual(data);
    });

    it('tell of each attempt at a target once, with the certificate that it was for', async () => {
      await using harness = await open();
      const { store } = harness;
      await liveThrough(store, 'first');
      const { deployments, events } = store;
      const begin = await events.lastPosition();
      const about = { certificateId: 'one', target: 'web' };
      const failure = {
        count: 1,
        issuanceId: 'first',
        error: { ...FAILURE.lastError, code: 'target/failed' },
        at: at(5),
        retryAt: at(60),
      } as const;
      await deployments.save({ ...about, failure });
      await deployments.save({ ...about, failure });
      const deployed = { issuanceId: 'first', settingsDigest: 'd', message: 'wrote it', at: at(6) };
      await deployments.save({ ...about, deployed });
      await deployments.save({ ...about, deployed, failure: { ...failure, at: at(7) } });
      await deployments.save({ ...about, certificateId: 'gone', deployed });
      const told = await events.after(begin, 100);
      expect(told.map(({ type }) => type)).toStrictEqual([
        'target.failed.v1',
        'target.deployed.v1',
        'target.failed.v1',
      ]);
      for (const { type, data, certificateId, names } of told) {
        expect({ certificateId, names }).toStrictEqual({
          certificateId: 'one',
          names: ['one.example.com'],
        });
        expect(data).toMatchObject({
          target: 'web',
          serial: sampleIssuance('first', 'one').serial,
        });
        expect(EVENTS[type].parse(data)).toStrictEqual(data);
      }
      expect(JSON.stringify(told)).not.toContain('not to be told');
    });

    it('are kept once under one key, and not for ever', async () => {
      await using harness = await open();
      const { events } = harness.store;
      const expired = {
        type: 'certificate.expired.v1',
        names: [],
        data: { notAfter: at(0).toISOString(), serial: '1', reason: 'no' },
        once: 'expired/1',
      } as const;
      await events.append([expired, expired]);
      await events.append([expired]);
      const told = await events.after(0, 10);
      expect(told).toHaveLength(1);
      const now = told[0]?.at ?? at(0);
      expect(await events.prune(after(now, -DAY_MS))).toBe(0);
      expect(await events.prune(after(now, DAY_MS))).toBe(1);
      await events.append([expired]);
      const [again] = await events.after(0, 10);
      expect(again?.position).toBeGreaterThan(told[0]?.position ?? 0);
    });
  });
}

/** All of it, or until the first certificate is there. */
async function liveThrough(
  { certificates, issuances, orders }: Store,
  until?: 'first',
): Promise<void> {
  await certificates.insert(sampleCertificate('one'));
  const change = async (fields: Partial<CertificateRecord>): Promise<CertificateRecord> => {
    const record = await certificates.find('one');
    if (record === undefined) throw new Error('it is gone');
    return certificates.update({ ...record, ...fields });
  };
  const issue = async (id: string): Promise<void> => {
    const order = sampleOrder(`order-${id}`, 'one', { keySecretId: `key-${id}` });
    await orders.open(order, sampleSecret(`key-${id}`));
    const record = await certificates.find('one');
    if (record === undefined) throw new Error('it is gone');
    const { failure: _over, ...rest } = record;
    const issuance = sampleIssuance(id, 'one');
    const certificate = { ...rest, issuanceId: id };
    await issuances.record({ issuance, certificate, orderId: order.id });
  };
  await change({ failure: FAILURE });
  await issue('first');
  if (until === 'first') return;
  await change({ failure: FAILURE });
  const parked = { since: at(6), message: 'one.example.com leads elsewhere' };
  await change({ failure: { ...FAILURE, parked } });
  await change({ failure: FAILURE });
  await issue('second');
  await issuances.markRevoked('second', at(7), 'superseded');
  await issuances.markRevoked('second', at(8), 'superseded');
  await change({ source: 'released' });
  await certificates.remove('one');
  await certificates.remove('one');
}
