/**
 * What a store must know of the keys that several certificates or orders share.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import {
  at,
  sampleCertificate,
  sampleIssuance,
  sampleOrder,
  sampleSecret,
} from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeKeys(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: keys`, () => {
    it('finds every issuance with one key, the newest first', async () => {
      await using harness = await open();
      const { certificates, issuances } = harness.store;
      const keyFingerprint256 = 'bb'.repeat(32);
      for (const [seconds, id] of ['one', 'two', 'three'].entries()) {
        await certificates.insert(sampleCertificate(id));
        const shared = id === 'three' ? {} : { keyFingerprint256 };
        await issuances.record({
          issuance: sampleIssuance(id, id, { issuedAt: at(seconds), ...shared }),
          secret: sampleSecret(`key-${id}`),
          certificate: sampleCertificate(id, undefined, { issuanceId: id }),
        });
      }
      const found = await issuances.withKey(keyFingerprint256);
      expect(found.map(({ id, keyFingerprint256: key }) => [id, key])).toStrictEqual([
        ['two', keyFingerprint256],
        ['one', keyFingerprint256],
      ]);
      expect(await issuances.withKey('cc'.repeat(32))).toStrictEqual([]);
    });

    it('opens an order with a key that is there, which stays until nothing uses it', async () => {
      await using harness = await open();
      const { certificates, issuances, orders, secrets } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      await issuances.record({
        issuance: sampleIssuance('first', 'one'),
        secret: sampleSecret('key-first'),
        certificate: sampleCertificate('one', undefined, { issuanceId: 'first' }),
      });
      await orders.open(sampleOrder('order', 'one', { keySecretId: 'key-first' }));
      expect(await orders.unfinishedOf('one')).toMatchObject({ keySecretId: 'key-first' });
      await certificates.remove('one');
      expect(await secrets.find('key-first')).toBeUndefined();
    });

    it('keeps orders and issuances whose key is elsewhere, and removes them', async () => {
      await using harness = await open();
      const { certificates, issuances, orders } = harness.store;
      await certificates.insert(sampleCertificate('one'));
      const { keySecretId: _order, ...order } = sampleOrder('order', 'one');
      const { keySecretId: _issuance, ...issuance } = sampleIssuance('first', 'one');
      await orders.open(order);
      expect(await orders.unfinishedOf('one')).toStrictEqual(order);
      const certificate = sampleCertificate('one', undefined, { issuanceId: 'first' });
      await issuances.record({ issuance, certificate, orderId: 'order' });
      expect(await issuances.find('first')).toStrictEqual(issuance);
      await certificates.remove('one');
      expect(await issuances.find('first')).toBeUndefined();
      expect(await orders.find('order')).toBeUndefined();
    });
  });
}
