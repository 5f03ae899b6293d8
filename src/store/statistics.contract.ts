/**
 * What every store counts for monitoring, as tests that each adapter passes.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { CertificateRecord, OrderRecord } from './records.ts';
import {
  at,
  sampleCertificate,
  sampleIssuance,
  sampleOrder,
  sampleSecret,
} from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

const DAY = 86_400;
const DIRECTORY = 'https://ca.example/directory';

function failure(code: 'acme/timeout' | 'dns/unavailable', lastErrorAt: Date, since?: Date) {
  const lastError = { code, message: 'no' } as const;
  return { count: 2, lastError, lastErrorAt, retryAt: at(9), ...(since && { since }) };
}

export function describeStatistics(adapter: string, open: () => Promise<StoreHarness>): void {
  async function add(
    { store }: StoreHarness,
    id: string,
    fields: Partial<CertificateRecord>,
    notAfter?: Date,
  ): Promise<void> {
    await store.certificates.insert(sampleCertificate(id, [`${id}.example.com`], fields));
    if (notAfter === undefined) return;
    await store.issuances.record({
      issuance: sampleIssuance(`i-${id}`, id, { notAfter }),
      secret: sampleSecret(`key-i-${id}`),
      certificate: sampleCertificate(id, [`${id}.example.com`], {
        ...fields,
        issuanceId: `i-${id}`,
      }),
    });
  }

  async function order(
    { store }: StoreHarness,
    id: string,
    seconds: number,
    outcome: NonNullable<OrderRecord['outcome']>,
  ): Promise<void> {
    const opened = sampleOrder(id, 'a', { createdAt: at(0) });
    await store.orders.open(opened, sampleSecret(`key-${id}`));
    const ended = { ...opened, outcome, finishedAt: at(seconds) };
    await store.orders.update(ended);
    // What is written again has not ended again.
    await store.orders.update(ended);
  }

  describe(`${adapter}: statistics`, () => {
    it('of an empty store are zeros', async () => {
      await using harness = await open();
      const { size, ...statistics } = await harness.store.statistics.read(at(0));
      expect(statistics).toMatchObject({
        queue: { due: 0, waiting: 0, paused: 0, parked: 0, unfinishedOrders: 0 },
        renewalInfo: { known: 0, inWindow: 0, failing: 0 },
        failing: [],
        orders: [],
        deployments: [],
        leases: [],
        pauses: [],
      });
      expect(statistics.nextExpiry).toBeUndefined();
      expect(statistics.queue.dueSince).toBeUndefined();
      expect(size.bytes).toBeGreaterThan(0);
    });

    it('count what ends soon, and what has ended not', async () => {
      await using harness = await open();
      await add(harness, 'a', {}, at(-1));
      await add(harness, 'b', {}, at(DAY / 2));
      await add(harness, 'c', {}, at(20 * DAY));
      await add(harness, 'd', {});
      const { expiring, nextExpiry } = await harness.store.statistics.read(at(0));
      expect(expiring.map(({ days, certificates }) => [days, certificates])).toEqual([
        [1, 1],
        [3, 1],
        [7, 1],
        [14, 1],
        [30, 2],
        [60, 2],
        [90, 2],
      ]);
      expect(nextExpiry).toEqual(at(DAY / 2));
    });

    it('count the queue', async () => {
      await using harness = await open();
      const wait = { scope: 's', message: 'm' };
      await add(harness, 'a', { nextActionAt: at(-5) });
      await add(harness, 'b', { nextActionAt: at(0) });
      await add(harness, 'c', { nextActionAt: at(1), waiting: { ...wait, until: at(1) } });
      await add(harness, 'd', { waiting: { ...wait, until: at(-1) } });
      await add(harness, 'e', { waiting: wait });
      await add(harness, 'f', {
        failure: {
          ...failure('acme/timeout', at(-1)),
          parked: { since: at(-1), message: 'elsewhere' },
        },
      });
      await harness.store.orders.open(sampleOrder('o', 'a'), sampleSecret('key-o'));
      const { queue } = await harness.store.statistics.read(at(0));
      expect(queue).toEqual({
        due: 2,
        dueSince: at(-5),
        nextActionAt: at(-5),
        waiting: 1,
        paused: 1,
        parked: 1,
        unfinishedOrders: 1,
      });
    });

    it('tell failures apart by their code, and since when there is one', async () => {
      await using harness = await open();
      await add(harness, 'a', { failure: failure('acme/timeout', at(-3)) });
      await add(harness, 'b', { failure: failure('acme/timeout', at(-1), at(-7)) });
      await add(harness, 'c', { failure: failure('dns/unavailable', at(-1)) });
      await add(harness, 'd', {});
      const { failing } = await harness.store.statistics.read(at(0));
      expect(failing).toEqual([
        { code: 'acme/timeout', certificates: 2, since: at(-7) },
        { code: 'dns/unavailable', certificates: 1, since: at(-1) },
      ]);
    });

    it('count renewal information', async () => {
      await using harness = await open();
      const window = (start: number) => ({ window: { start: at(start), end: at(start + 5) } });
      await add(harness, 'a', { renewal: window(-1) });
      await add(harness, 'b', { renewal: window(1) });
      await add(harness, 'c', { renewal: { failures: 2, checkAt: at(4) } });
      const { renewalInfo } = await harness.store.statistics.read(at(0));
      expect(renewalInfo).toEqual({ known: 2, inWindow: 1, failing: 1 });
    });

    it('keep orders by outcome and duration, also of a certificate that is removed', async () => {
      await using harness = await open();
      await add(harness, 'a', {});
      await order(harness, 'o1', 1, 'issued');
      await order(harness, 'o2', 4, 'issued');
      await order(harness, 'o3', 100 * DAY, 'failed');
      const before = await harness.store.statistics.read(at(0));
      await harness.store.certificates.remove('a');
      const { orders } = await harness.store.statistics.read(at(0));
      expect(orders).toEqual(before.orders);
      expect(orders.map(({ issuer, outcome }) => [issuer, outcome])).toEqual([
        ['letsencrypt', 'failed'],
        ['letsencrypt', 'issued'],
      ]);
      const [failed, issued] = orders;
      expect(issued?.milliseconds).toBe(5_000);
      expect(issued?.byDuration.slice(0, 3)).toEqual([
        { mostMs: 1_000, orders: 1 },
        { mostMs: 2_000, orders: 0 },
        { mostMs: 5_000, orders: 1 },
      ]);
      expect(failed?.byDuration.at(-1)).toEqual({ orders: 1 });
      expect(failed?.byDuration).toHaveLength(issued?.byDuration.length ?? 0);
    });

    it('count orders that end with their certificate', async () => {
      await using harness = await open();
      await add(harness, 'a', {});
      await harness.store.orders.open(sampleOrder('o', 'a'), sampleSecret('key-o'));
      await harness.store.issuances.record({
        issuance: sampleIssuance('i', 'a', { keySecretId: 'key-o' }),
        certificate: sampleCertificate('a', ['a.example.com'], { issuanceId: 'i' }),
        orderId: 'o',
      });
      const { orders } = await harness.store.statistics.read(at(0));
      expect(orders.map(({ outcome }) => outcome)).toEqual(['issued']);
    });

    it('count targets, leases and pauses', async () => {
      await using harness = await open();
      const { deployments, leases, budgets, statistics } = harness.store;
      await add(harness, 'a', {});
      await add(harness, 'b', {});
      const deployed = { issuanceId: 'i', settingsDigest: 's', message: 'm', at: at(0) };
      const error = { code: 'target/failed', message: 'no' } as const;
      const failed = { count: 1, issuanceId: 'i', error, at: at(0), retryAt: at(9) };
      await deployments.save({ certificateId: 'a', target: 'web', deployed });
      await deployments.save({ certificateId: 'b', target: 'web', deployed, failure: failed });
      await deployments.save({ certificateId: 'b', target: 'lb', failure: failed });
      for (const name of ['certificate/a', 'certificate/b', 'daemon']) {
        await leases.claim(name, 'me', 5_000, at(0));
      }
      await leases.claim('target/web', 'me', 1_000, at(-2));
      for (const scope of [`name ${DIRECTORY} a.example.com`, `name ${DIRECTORY} b.example.com`]) {
        await budgets.pause({ scope, reason: 'too much' }, at(0));
      }
      await budgets.pause({ scope: `directory ${DIRECTORY}`, reason: 'no', until: at(5) }, at(0));
      await budgets.pause(
        { scope: 'directory https://b.example/', reason: 'no', until: at(0) },
        at(-9),
      );
      expect(await statistics.read(at(0))).toMatchObject({
        deployments: [
          { target: 'lb', deployed: 0, failing: 1 },
          { target: 'web', deployed: 1, failing: 1 },
        ],
        leases: [
          { kind: 'certificate', held: 2 },
          { kind: 'daemon', held: 1 },
        ],
        pauses: [
          { word: 'directory', directoryUrl: DIRECTORY, scopes: 1 },
          { word: 'name', directoryUrl: DIRECTORY, scopes: 2 },
        ],
      });
    });

    it('say what is left of limits, by the fullest and the emptiest bucket', async () => {
      await using harness = await open();
      const { budgets, statistics } = harness.store;
      const limit = { count: 2, perMs: 20_000 };
      const draw = (scope: string) => ({ scope, limit });
      await budgets.charge([draw(`account ${DIRECTORY}`)], at(0));
      await budgets.charge([draw(`account ${DIRECTORY}-2`)], at(0));
      await budgets.charge([draw(`domain ${DIRECTORY} a.example`)], at(0));
      const empty = draw(`domain ${DIRECTORY} b.example`);
      await budgets.charge([empty, empty, empty], at(0));
      const asked = ['account', 'domain', 'name-set'].map((word) => draw(`${word} ${DIRECTORY}`));
      expect(await statistics.budgets(asked, at(0))).toEqual([
        { used: 1, exhausted: 0, left: 1 },
        { used: 2, exhausted: 1, left: 0 },
        { used: 0, exhausted: 0, left: 2 },
      ]);
      expect(await statistics.budgets(asked, at(10))).toEqual([
        { used: 0, exhausted: 0, left: 2 },
        { used: 1, exhausted: 0, left: 1 },
        { used: 0, exhausted: 0, left: 2 },
      ]);
    });
  });
}
