/**
 * How every store removes a certificate.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import {
  sampleCertificate,
  sampleIssuance,
  sampleOrder,
  sampleSecret,
} from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeRemoval(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: removal`, () => {
    it('removes a certificate with all that belongs to it, and again', async () => {
      await using harness = await open();
      const { certificates, issuances, orders, secrets } = harness.store;
      for (const id of ['one', 'two']) {
        await certificates.insert(sampleCertificate(id));
        await orders.open(sampleOrder(`order-${id}`, id), sampleSecret(`key-order-${id}`));
        await issuances.record({
          issuance: sampleIssuance(`issuance-${id}`, id),
          secret: sampleSecret(`key-issuance-${id}`),
          certificate: sampleCertificate(id, undefined, { issuanceId: `issuance-${id}` }),
        });
      }
      await certificates.remove('one');
      await certificates.remove('one');
      expect(await certificates.find('one')).toBeUndefined();
      expect(await certificates.covering(parseName('one.example.com'))).toStrictEqual([]);
      expect(await issuances.find('issuance-one')).toBeUndefined();
      expect(await orders.find('order-one')).toBeUndefined();
      expect(await secrets.find('key-order-one')).toBeUndefined();
      expect(await secrets.find('key-issuance-one')).toBeUndefined();
      expect(await issuances.find('issuance-two')).toBeDefined();
      expect(await secrets.find('key-order-two')).toBeDefined();
    });

    it('removes a certificate of a revision only while it is of that revision', async () => {
      await using harness = await open();
      const { certificates } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const before = await certificates.find('one');
      const { revision } = await certificates.update(before ?? sampleCertificate('one'));
      const conflict = { code: 'store/conflict' };
      await expect(certificates.remove('one', revision - 1)).rejects.toMatchObject(conflict);
      expect(await certificates.find('one')).toMatchObject({ revision });
      await certificates.remove('one', revision);
      await expect(certificates.remove('one', revision)).rejects.toMatchObject(conflict);
    });
  });
}
