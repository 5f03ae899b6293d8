/**
 * What every store promises about orders that ended before their answers were taken away.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import { at, sampleCertificate, sampleOrder, sampleSecret } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeLeftovers(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: leftovers of orders`, () => {
    it('are found until they are taken away, the oldest first', async () => {
      await using harness = await open();
      const { certificates, orders } = harness.store;
      const answers = [
        {
          type: 'dns-01',
          name: parseName('app.example.com'),
          token: 'token',
          keyAuthorization: 'token.thumbprint',
          place: { name: 'x.validate.example.net', credential: 'main' },
        },
      ] as const;
      const [newer, older] = [
        { ...sampleOrder('newer', 'one', { createdAt: at(5) }), answers },
        { ...sampleOrder('older', 'two', { createdAt: at(3) }), answers },
      ];
      for (const order of [newer, older]) {
        await certificates.insert(sampleCertificate(order.certificateId));
        await orders.open(order, sampleSecret(`key-${order.id}`));
      }
      expect(await orders.withLeftovers(10)).toStrictEqual([]);
      const end = { outcome: 'failed', finishedAt: at(9) } as const;
      for (const order of [newer, older]) await orders.update({ ...order, ...end });
      expect(await orders.withLeftovers(1)).toStrictEqual([{ ...older, ...end }]);
      await orders.update({ ...older, ...end, answers: [] });
      expect(await orders.withLeftovers(10)).toStrictEqual([{ ...newer, ...end }]);
    });
  });
}
