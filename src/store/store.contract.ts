/**
 * What every store does, as tests that each adapter passes.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { newId } from '../core/id.ts';
import { parseName } from '../core/names.ts';
import type {
  AccountRecord,
  AuthorityRecord,
  AuthorityRole,
  CertificateRecord,
  OrderRecord,
  SecretRecord,
} from './records.ts';
import {
  at,
  sampleCertificate,
  sampleIssuance,
  sampleOrder,
  sampleSecret,
  sampleSpec,
} from './sample-records.contract.ts';
import { describeKeys } from './keys.contract.ts';
import { describeBudgets } from './budgets.contract.ts';
import { describeDue } from './due.contract.ts';
import { describeFences } from './fences.contract.ts';
import { describeRemoval } from './removal.contract.ts';
import { describeKeks } from './keks.contract.ts';
import { describeLeases } from './leases.contract.ts';
import { describeSecretOwners } from './secret-owners.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeStore(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: certificates`, () => {
    const full: CertificateRecord = {
      ...sampleCertificate('full', ['full.example.com', '*.full.example.com']),
      spec: {
        ...sampleSpec('full.example.com', '*.full.example.com'),
        dns: 'main',
        http01Port: 5002,
        profile: 'tlsserver',
      },
      source: 'file',
      renewal: {
        renewAt: at(10),
        window: { start: at(5), end: at(20) },
        explanationUrl: 'https://ca.example/why',
        checkAt: at(30),
        failures: 2,
      },
      failure: {
        count: 3,
        lastError: { code: 'acme/rate-limited', message: 'no', context: { limit: [1, null, 'x'] } },
        lastErrorAt: at(-1),
        retryAt: at(60),
        parked: { since: at(-2), message: 'full.example.com leads to 203.0.113.9' },
      },
      waiting: { scope: 's', message: 'no', until: at(50), url: 'https://ca.example/unpause' },
      nextActionAt: at(40),
      revision: 7,
    };

    it.each([
      ['without optional fields', sampleCertificate('bare')],
      ['with all optional fields', full],
      ['for an address', sampleCertificate('address', ['192.0.2.1', '2001:db8::1'])],
    ])('returns a record %s as it was given', async (_, record) => {
      await using harness = await open();
      const { certificates } = harness.store;
      await certificates.insert(record);
      expect(await certificates.find(record.id)).toStrictEqual(record);
      expect(await certificates.withNames(record.spec.names)).toStrictEqual([record]);
    });

    it('finds nothing in an empty store', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      expect(await certificates.find('x')).toBeUndefined();
      expect(await certificates.withNames([parseName('a.example')])).toStrictEqual([]);
      expect(await certificates.list({ limit: 10 })).toStrictEqual([]);
      expect(await certificates.covering(parseName('a.example'))).toStrictEqual([]);
      expect(await certificates.earliestActionAt()).toBeUndefined();
    });

    it('refuses a second certificate with the same names', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      await certificates.insert(sampleCertificate('one', ['a.example.com', 'b.example.com']));
      const second = sampleCertificate('two', ['b.example.com', 'a.example.com']);
      await expect(certificates.insert(second)).rejects.toMatchObject({ code: 'store/conflict' });
      await certificates.insert(sampleCertificate('three', ['a.example.com']));
      expect(await certificates.find('two')).toBeUndefined();
      expect(await certificates.covering(parseName('b.example.com'))).toHaveLength(1);
    });

    it('keeps one certificate of each key algorithm for the same names', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      const names = ['a.example.com', 'b.example.com'];
      const ec = sampleCertificate('z-ec', names);
      const rsa: CertificateRecord = {
        ...sampleCertificate('rsa', names),
        spec: { ...ec.spec, keyType: 'rsa2048' },
      };
      await certificates.insert(rsa);
      await certificates.insert(ec);
      expect(await certificates.withNames(names.map(parseName))).toStrictEqual([ec, rsa]);
      expect(await certificates.covering(parseName('b.example.com'))).toHaveLength(2);

      const other: CertificateRecord = {
        ...ec,
        id: 'other',
        spec: { ...ec.spec, keyType: 'ec384' },
      };
      await expect(certificates.insert(other)).rejects.toMatchObject({ code: 'store/conflict' });
      const second = { ...rsa, spec: other.spec };
      await expect(certificates.update(second)).rejects.toMatchObject({ code: 'store/conflict' });
      await certificates.remove('z-ec');
      const changed = await certificates.update(second);
      expect(await certificates.withNames(ec.spec.names)).toStrictEqual([changed]);
      await certificates.insert({ ...rsa, id: 'again' });
    });

    it('updates from the stored revision only', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      await certificates.insert(full);
      const bare = sampleCertificate('full', ['full.example.com', '*.full.example.com']);
      const updated = await certificates.update({ ...bare, revision: 7 });
      expect(updated).toStrictEqual({ ...bare, revision: 8 });
      expect(await certificates.find('full')).toStrictEqual(updated);
      await expect(certificates.update(full)).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await certificates.find('full')).toStrictEqual(updated);
      await certificates.update(updated);
    });

    it('refuses to update a certificate that was removed', async () => {
      await using harness = await open();
      await expect(
        harness.store.certificates.update(sampleCertificate('gone')),
      ).rejects.toMatchObject({ code: 'store/conflict' });
    });

    it('follows a change of names', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      const [before, after] = [parseName('old.example.com'), parseName('new.example.com')];
      await certificates.insert(sampleCertificate('one', [before]));
      await certificates.insert(sampleCertificate('two', ['two.example.com']));
      await certificates.update(sampleCertificate('one', [after]));
      expect(await certificates.withNames([before])).toStrictEqual([]);
      expect(await certificates.covering(before)).toStrictEqual([]);
      expect(await certificates.covering(after)).toHaveLength(1);
      const taken = { ...sampleCertificate('two', [after]) };
      await expect(certificates.update(taken)).rejects.toMatchObject({ code: 'store/conflict' });
    });

    it('lists pages in the order of creation', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      const ids = [0, 1, 2, 3, 4].map((minute) => newId(at(minute * 60)));
      for (const id of ids.toReversed()) await certificates.insert(sampleCertificate(id));
      const first = await certificates.list({ limit: 2 });
      const second = await certificates.list({ limit: 2, after: ids[1] ?? '' });
      const third = await certificates.list({ limit: 2, after: ids[3] ?? '' });
      const listed = [...first, ...second, ...third].map(({ certificate }) => certificate.id);
      expect(listed).toStrictEqual(ids);
      expect(await certificates.list({ limit: 2, after: ids[4] ?? '' })).toStrictEqual([]);
    });

    it('lists what the configuration asked for', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      for (const source of ['file', 'added', 'endpoint', 'on-demand', 'imported'] as const) {
        await certificates.insert(sampleCertificate(source, undefined, { source }));
      }
      const configured = await certificates.configured();
      expect(configured.map(({ source }) => source)).toStrictEqual(['endpoint', 'file']);
    });

    it('finds the certificates that cover a name', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      await certificates.insert(sampleCertificate('exact', ['a.example.com']));
      await certificates.insert(sampleCertificate('many', ['a.example.com', 'z.example.com']));
      await certificates.insert(sampleCertificate('wild', ['*.example.com', 'example.com']));
      await certificates.insert(sampleCertificate('deeper', ['*.a.example.com']));
      await certificates.insert(sampleCertificate('address', ['192.0.2.1']));
      const covering = async (name: string): Promise<string[]> =>
        (await certificates.covering(parseName(name))).map(({ certificate }) => certificate.id);
      expect(await covering('a.example.com')).toStrictEqual(['exact', 'many', 'wild']);
      expect(await covering('other.example.com')).toStrictEqual(['wild']);
      expect(await covering('example.com')).toStrictEqual(['wild']);
      expect(await covering('*.example.com')).toStrictEqual(['wild']);
      expect(await covering('x.y.example.com')).toStrictEqual([]);
      expect(await covering('192.0.2.1')).toStrictEqual(['address']);
    });
  });

  describe(`${adapter}: issuances`, () => {
    const certificate = sampleCertificate('one', undefined, {
      issuanceId: 'first',
      updatedAt: at(9),
    });

    it('records the chain, its key, the certificate and the end of the order at once', async () => {
      await using harness = await open();
      const { certificates, issuances, orders, secrets } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      await orders.open(sampleOrder('order', 'one'), sampleSecret('key-order'));
      const issuance = sampleIssuance('first', 'one', {
        keySecretId: 'key-order',
        ariId: 'aYhba4.AIdl',
        profile: 'shortlived',
        revokedAt: at(5),
        revocationReason: 'superseded',
      });
      const updated = await issuances.record({ issuance, certificate, orderId: 'order' });
      expect(updated).toStrictEqual({ ...certificate, revision: 2 });
      expect(await issuances.find('first')).toStrictEqual(issuance);
      expect(await certificates.list({ limit: 1 })).toStrictEqual([
        { certificate: updated, issuance },
      ]);
      expect(await orders.unfinished()).toStrictEqual([]);
      expect(await orders.find('order')).toMatchObject({ outcome: 'issued', finishedAt: at(9) });
      expect(await secrets.find('key-order')).toStrictEqual(sampleSecret('key-order'));
    });

    it('leaves nothing behind when the certificate was changed meanwhile', async () => {
      await using harness = await open();
      const { certificates, issuances, orders, secrets } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      await orders.open(sampleOrder('order', 'one'), sampleSecret('key-order'));
      const recorded = issuances.record({
        issuance: sampleIssuance('first', 'one'),
        secret: sampleSecret('key-first'),
        certificate: { ...certificate, revision: 5 },
        orderId: 'order',
      });
      await expect(recorded).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await issuances.find('first')).toBeUndefined();
      expect(await secrets.find('key-first')).toBeUndefined();
      expect(await certificates.find('one')).toStrictEqual(sampleCertificate('one'));
      expect(await orders.unfinishedOf('one')).toStrictEqual(sampleOrder('order', 'one'));
    });

    it('refuses an issuance of an order that has ended, or without its key', async () => {
      await using harness = await open();
      const { certificates, issuances, orders } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const ended = sampleOrder('order', 'one', { outcome: 'abandoned', finishedAt: at(3) });
      await orders.open(ended, sampleSecret('key-order'));
      const issuance = sampleIssuance('first', 'one');
      const secret = sampleSecret('key-first');
      await expect(
        issuances.record({ issuance, secret, certificate, orderId: 'order' }),
      ).rejects.toMatchObject({ code: 'store/conflict' });
      await expect(issuances.record({ issuance, certificate })).rejects.toMatchObject({
        code: 'store/conflict',
      });
      expect(await issuances.ofCertificate('one')).toStrictEqual([]);
    });

    it('lists the newest first, each with its revocation', async () => {
      await using harness = await open();
      const { certificates, issuances } = harness.store;
      let current = sampleCertificate('one');
      await certificates.insert(current);
      for (const [id, seconds] of Object.entries({ middle: 20, oldest: 10, newest: 30 })) {
        const issuance = sampleIssuance(id, 'one', { issuedAt: at(seconds) });
        const next = { ...current, issuanceId: id };
        current = await issuances.record({
          issuance,
          secret: sampleSecret(`key-${id}`),
          certificate: next,
        });
      }
      await issuances.markRevoked('middle', at(40), 'keyCompromise');
      const listed = await issuances.ofCertificate('one');
      expect(listed.map(({ id }) => id)).toStrictEqual(['newest', 'middle', 'oldest']);
      expect(listed[1]).toMatchObject({ revokedAt: at(40), revocationReason: 'keyCompromise' });
      expect(listed[0]).not.toHaveProperty('revokedAt');
    });
  });

  describe(`${adapter}: orders`, () => {
    it('keeps every step of a journal', async () => {
      await using harness = await open();
      const { certificates, orders, secrets } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const opened = sampleOrder('order', 'one');
      await orders.open(opened, sampleSecret('key-order'));
      expect(await orders.find('order')).toStrictEqual(opened);
      expect(await secrets.find('key-order')).toStrictEqual(sampleSecret('key-order'));
      const finished: OrderRecord = {
        ...opened,
        replaces: 'aYhba4.AIdl',
        isRehearsal: true,
        replacesRefused: true,
        url: 'https://ca.example/order/1',
        finalizeUrl: 'https://ca.example/order/1/finalize',
        certificateUrl: 'https://ca.example/certificate/1',
        challenge: 'http-01',
        answers: [
          {
            type: 'http-01',
            name: parseName('one.example.com'),
            token: 't',
            keyAuthorization: 't.k',
          },
        ],
        failedChallenges: [{ name: parseName('one.example.com'), type: 'tls-alpn-01' }],
        updatedAt: at(8),
        finishedAt: at(8),
        outcome: 'failed',
        error: { code: 'acme/order-failed', message: 'no', causes: ['dns'] },
      };
      await orders.update(finished);
      expect(await orders.find('order')).toStrictEqual(finished);
    });

    it('lets a certificate have one unfinished order', async () => {
      await using harness = await open();
      const { certificates, orders, secrets } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      await certificates.insert(sampleCertificate('two'));
      const first = sampleOrder('first', 'one', { createdAt: at(5) });
      await orders.open(first, sampleSecret('key-first'));
      await expect(
        orders.open(sampleOrder('second', 'one'), sampleSecret('key-second')),
      ).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await secrets.find('key-second')).toBeUndefined();
      await orders.open(sampleOrder('other', 'two'), sampleSecret('key-other'));
      expect((await orders.unfinished()).map(({ id }) => id)).toStrictEqual(['other', 'first']);
      await orders.update({ ...first, outcome: 'failed', finishedAt: at(6) });
      expect(await orders.unfinishedOf('one')).toBeUndefined();
      await orders.open(sampleOrder('second', 'one'), sampleSecret('key-second'));
      expect(await orders.unfinishedOf('one')).toMatchObject({ id: 'second' });
    });

    it('never opens a finished order again', async () => {
      await using harness = await open();
      const { certificates, orders } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const order = sampleOrder('order', 'one');
      await orders.open(order, sampleSecret('key-order'));
      const finished: OrderRecord = { ...order, outcome: 'abandoned', finishedAt: at(6) };
      await orders.update(finished);
      await expect(orders.update(order)).rejects.toMatchObject({ code: 'store/conflict' });
      await orders.update({ ...finished, updatedAt: at(7) });
      expect(await orders.find('order')).toStrictEqual({ ...finished, updatedAt: at(7) });
    });

    it('refuses an order of a certificate that was removed', async () => {
      await using harness = await open();
      await expect(
        harness.store.orders.open(sampleOrder('order', 'gone'), sampleSecret('key-order')),
      ).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await harness.store.secrets.find('key-order')).toBeUndefined();
    });
  });

  describe(`${adapter}: accounts, authorities, issuers and secrets`, () => {
    it('replaces the account of a directory', async () => {
      await using harness = await open();
      const { accounts, secrets } = harness.store;
      const asked: AccountRecord = {
        directoryUrl: 'https://ca.example/directory',
        contact: ['mailto:ops@example.com'],
        keySecretId: 'account-key',
        createdAt: at(0),
      };
      await accounts.save(asked, sampleSecret('account-key'));
      expect(await accounts.find(asked.directoryUrl)).toStrictEqual(asked);
      const confirmed = {
        ...asked,
        url: 'https://ca.example/account/1',
        contact: [],
        deactivatedAt: at(2),
      };
      await accounts.save(confirmed);
      const other = { ...asked, directoryUrl: 'https://another.example/directory' };
      await accounts.save(other);
      expect(await accounts.list()).toStrictEqual([other, confirmed]);
      expect(await accounts.find('https://unknown.example/')).toBeUndefined();
      expect(await secrets.find('account-key')).toBeDefined();
    });
    it('inserts the authorities of a CA all or none', async () => {
      await using harness = await open();
      const { authorities, secrets } = harness.store;
      const root = authority('root', 'root-key');
      await authorities.insert([root]);
      const both = [
        authority('intermediate', 'intermediate-key'),
        authority('root', 'other-root-key'),
      ];
      await expect(authorities.insert(both)).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await authorities.find('internal', 'root')).toStrictEqual(root.record);
      expect(await authorities.find('internal', 'intermediate')).toBeUndefined();
      expect(await secrets.find('intermediate-key')).toBeUndefined();
    });

    it('replaces the settings of an issuer', async () => {
      await using harness = await open();
      const { issuers } = harness.store;
      await issuers.save({ name: 'one', settings: { type: 'acme', nested: [1, null, 'ü'] } });
      await issuers.save({ name: 'another', settings: 'text' });
      await issuers.save({ name: 'one', settings: { type: 'internal' } });
      expect(await issuers.list()).toStrictEqual([
        { name: 'another', settings: 'text' },
        { name: 'one', settings: { type: 'internal' } },
      ]);
    });
    it('never replaces a secret', async () => {
      await using harness = await open();
      const { secrets } = harness.store;
      const first = sampleSecret('one');
      await secrets.insert(first);
      const second = { id: 'one', sealed: { ...first.sealed, ciphertext: Uint8Array.of(1) } };
      await expect(secrets.insert(second)).rejects.toMatchObject({ code: 'store/conflict' });
      expect(await secrets.find('one')).toStrictEqual(first);
      expect(await secrets.find('two')).toBeUndefined();
    });
  });

  describeKeys(adapter, open);
  describeSecretOwners(adapter, open);
  describeDue(adapter, open);
  describeFences(adapter, open);
  describeRemoval(adapter, open);
  describeKeks(adapter, open);
  describeLeases(adapter, open);
  describeBudgets(adapter, open);

  describe(`${adapter}: two connections`, () => {
    it('sees what the other one has written', async () => {
      await using harness = await open();
      const other = await harness.openAnother();
      await harness.store.certificates.insert(sampleCertificate('one'));
      const seen = await other.certificates.find('one');
      expect(seen).toStrictEqual(sampleCertificate('one'));
      await other.certificates.update(sampleCertificate('one'));
      await expect(
        harness.store.certificates.update(sampleCertificate('one')),
      ).rejects.toMatchObject({ code: 'store/conflict' });
    });

    it('tells when the other one has changed something', async () => {
      await using harness = await open();
      const { store } = harness;
      const other = await harness.openAnother();
      const before = await store.foreignChanges();
      await store.secrets.insert(sampleSecret('own'));
      await other.secrets.find('own');
      expect(await store.foreignChanges()).toBe(before);
      await other.secrets.insert(sampleSecret('foreign'));
      const changed = await store.foreignChanges();
      expect(changed).not.toBe(before);
      expect(await store.foreignChanges()).toBe(changed);
    });
  });
}

function authority(
  role: AuthorityRole,
  secret: string,
): { readonly record: AuthorityRecord; readonly secret: SecretRecord } {
  const record: AuthorityRecord = {
    issuer: 'internal',
    role,
    certificatePem: `${role} pem`,
    keySecretId: secret,
    notAfter: at(1000),
  };
  return { record, secret: sampleSecret(secret) };
}
