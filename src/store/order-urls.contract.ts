/**
 * What every store knows of the URLs of orders.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { at, sampleCertificate, sampleOrder, sampleSecret } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeOrderUrls(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: URLs of orders`, () => {
    it('knows which ones no order has, whether it is finished or not', async () => {
      await using harness = await open();
      const { certificates, orders } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const url = (path: string): string => `https://ca.example/order/${path}`;
      const finished = sampleOrder('finished', 'one', { url: url('finished') });
      await orders.open(finished, sampleSecret('key-finished'));
      await orders.update({ ...finished, outcome: 'failed', finishedAt: at(6) });
      await orders.open(sampleOrder('open', 'one', { url: url('open') }), sampleSecret('key-open'));
      const listed = ['z', 'open', "it's", 'finished', 'a'].map(url);
      expect(await orders.unknownAmong(listed)).toStrictEqual(['z', "it's", 'a'].map(url));
      expect(await orders.unknownAmong([])).toStrictEqual([]);
    });

    it('keeps that the CA has no order of a journal', async () => {
      await using harness = await open();
      const { certificates, orders } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const order = sampleOrder('order', 'one');
      await orders.open(order, sampleSecret('key-order'));
      await orders.update({ ...order, hasNoOrder: true });
      expect(await orders.find('order')).toStrictEqual({ ...order, hasNoOrder: true });
      await orders.update({ ...order, hasNoOrder: false });
      expect(await orders.find('order')).toStrictEqual(order);
    });
  });
}
