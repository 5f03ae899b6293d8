/**
 * What every store finds by filters, as tests that each adapter passes.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import type { CertificateFilter } from './inventory.ts';
import type { CertificateRecord, IssuanceRecord } from './records.ts';
import {
  at,
  sampleCertificate,
  sampleIssuance,
  sampleOrder,
  sampleSecret,
} from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

const DAY = 86_400;
const failure = {
  count: 1,
  lastError: { code: 'acme/timeout', message: 'no' },
  lastErrorAt: at(0),
  retryAt: at(9),
} as const;

async function fill({ store }: StoreHarness): Promise<void> {
  async function add(
    id: string,
    names: readonly string[],
    fields: Partial<CertificateRecord>,
    issuance?: Partial<IssuanceRecord>,
  ): Promise<void> {
    await store.certificates.insert(sampleCertificate(id, names, fields));
    if (issuance === undefined) return;
    await store.issuances.record({
      issuance: sampleIssuance(`i-${id}`, id, issuance),
      secret: sampleSecret(`key-i-${id}`),
      certificate: sampleCertificate(id, names, { ...fields, issuanceId: `i-${id}` }),
    });
  }
  await add('a', ['app.example.com'], {}, { notAfter: at(30 * DAY) });
  await add('b', ['a.customer.net', 'b.customer.net'], {}, { notAfter: at(10 * DAY) });
  await add('c', ['*.customer.net', 'other.example.com'], { failure }, { notAfter: at(20 * DAY) });
  await add('d', ['*.customer.net'], {}, { notAfter: at(-1) });
  await add('e', ['e.x.customer.net'], {}, { revokedAt: at(0), revocationReason: 'superseded' });
  await add('f', ['f.example.com'], {});
  await add('g', ['g.example.com'], { waiting: { scope: 's', message: 'm' } });
  await add('h', ['h.example.com'], { waiting: { scope: 's', message: 'm', until: at(9) } });
  await store.orders.open(
    sampleOrder('o1', 'a', { outcome: 'failed', finishedAt: at(3) }),
    sampleSecret('key-o1'),
  );
  await store.orders.open(sampleOrder('o2', 'f'), sampleSecret('key-o2'));
}

export function describeInventory(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: inventory`, () => {
    it.each<[string, Partial<CertificateFilter>, string]>([
      ['everything', {}, 'abcdefgh'],
      ['what is valid', { status: 'valid' }, 'ab'],
      ['what fails', { status: 'failing' }, 'cg'],
      ['what has expired', { status: 'expired' }, 'd'],
      ['what was revoked', { status: 'revoked' }, 'e'],
      ['what is not there yet', { status: 'pending' }, 'fh'],
      ['what expires soon', { expiresBefore: at(20 * DAY) }, 'bd'],
      ['what expires late', { expiresFrom: at(20 * DAY) }, 'ace'],
      ['a name', { name: parseName('app.example.com') }, 'a'],
      ['a name that wildcards cover', { name: parseName('a.customer.net') }, 'bcd'],
      ['a wildcard', { name: parseName('*.customer.net') }, 'cd'],
      ['a part of a name', { text: 'customer' }, 'bcde'],
      ['what lies between two names', { text: 'net,b' }, ''],
      ['the name of a key algorithm', { text: 'ec ' }, ''],
      ['a part with the signs of LIKE', { text: '%' }, ''],
      ['names of a wildcard only', { within: [parseName('*.customer.net')] }, 'bd'],
      ['names of several', { within: ['app.example.com', 'a.customer.net'].map(parseName) }, 'a'],
      ['names of nobody', { within: [] }, ''],
      ['several at once', { status: 'valid', text: 'customer', expiresBefore: at(11 * DAY) }, 'b'],
    ])('finds %s', async (_title, filter, expected) => {
      await using harness = await open();
      await fill(harness);
      const page = { sort: 'created', limit: 100 } as const;
      const found = await harness.store.inventory.certificates({ now: at(0), ...filter }, page);
      expect(found.map(({ certificate }) => certificate.id).join('')).toBe(expected);
    });

    it('lists the newest first', async () => {
      await using harness = await open();
      await fill(harness);
      const list = async (after?: { id: string; expiresAt: number }) => {
        const page = { sort: '-created', limit: 3, after } as const;
        const found = await harness.store.inventory.certificates({ now: at(0) }, page);
        return found.map(({ certificate }) => certificate.id).join('');
      };
      expect(await list()).toBe('hgf');
      expect(await list({ id: 'f', expiresAt: 0 })).toBe('edc');
    });

    it('lists pages by expiry, those without any first', async () => {
      await using harness = await open();
      await fill(harness);
      const ids: string[] = [];
      let after: { id: string; expiresAt: number } | undefined;
      for (;;) {
        const page = { sort: 'expires', limit: 3, after } as const;
        const found = await harness.store.inventory.certificates({ now: at(0) }, page);
        ids.push(...found.map(({ certificate }) => certificate.id));
        const last = found.at(-1);
        if (last === undefined) break;
        const expiresAt = last.issuance?.notAfter.getTime() ?? 0;
        after = { id: last.certificate.id, expiresAt };
      }
      expect(ids.join('')).toBe('fghdbcae');
    });

    it('counts by status and by the day of expiry', async () => {
      await using harness = await open();
      await fill(harness);
      const all = await harness.store.inventory.count({ now: at(0) });
      expect(all.byStatus).toEqual({ valid: 2, expired: 1, revoked: 1, pending: 2, failing: 2 });
      expect(all.byExpiry.reduce((sum, { certificates }) => sum + certificates, 0)).toBe(5);
      expect(all.byExpiry[0]).toEqual({ day: '2026-11-22', certificates: 1 });
      const within = [parseName('app.example.com')];
      const own = await harness.store.inventory.count({ now: at(0), within });
      expect(own).toEqual({
        byStatus: { valid: 1, expired: 0, revoked: 0, pending: 0, failing: 0 },
        byExpiry: [{ day: '2026-12-22', certificates: 1 }],
      });
    });

    it('lists issuances and orders, the newest first, of all or of some', async () => {
      await using harness = await open();
      await fill(harness);
      const { inventory } = harness.store;
      const page = { limit: 2 };
      const ids = (records: readonly { id: string }[]) => records.map(({ id }) => id).join(' ');
      expect(ids(await inventory.issuances({}, page))).toBe('i-e i-d');
      expect(ids(await inventory.issuances({}, { ...page, after: 'i-d' }))).toBe('i-c i-b');
      expect(ids(await inventory.issuances({ certificateId: 'a' }, page))).toBe('i-a');
      const within = [parseName('app.example.com')];
      expect(ids(await inventory.issuances({ within }, page))).toBe('i-a');
      expect(ids(await inventory.orders({}, page))).toBe('o2 o1');
      expect(ids(await inventory.orders({ isFinished: false }, page))).toBe('o2');
      expect(ids(await inventory.orders({ isFinished: true, within }, page))).toBe('o1');
    });
  });
}
