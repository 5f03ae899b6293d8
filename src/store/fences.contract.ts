/**
 * How every store keeps out who has lost a lease.
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
import type { Fence, Store } from './store.ts';

const order = sampleOrder('order', 'one');
const certificate = sampleCertificate('one', undefined, { issuanceId: 'issuance' });

/** Each change that can be fenced. The ones before it are made without a fence. */
const CHANGES: Readonly<Record<string, (store: Store, fence?: Fence) => Promise<unknown>>> = {
  'an update of the certificate': ({ certificates }, fence) =>
    certificates.update(sampleCertificate('one', undefined, { revision: 1 }), fence),
  'a new order': ({ orders }, fence) => orders.open(order, sampleSecret('key-order'), fence),
  'a step of an order': ({ orders }, fence) =>
    orders.update({ ...order, url: 'https://ca.example/order/1' }, fence),
  'an issuance': ({ issuances }, fence) =>
    issuances.record({
      issuance: sampleIssuance('issuance', 'one', { keySecretId: 'key-order' }),
      certificate: { ...certificate, revision: 2 },
      orderId: 'order',
      ...(fence === undefined ? {} : { fence }),
    }),
};

async function snapshot({ certificates, issuances, orders, secrets }: Store): Promise<unknown[]> {
  return [
    await certificates.find('one'),
    await issuances.ofCertificate('one'),
    await orders.find('order'),
    await secrets.find('key-order'),
  ];
}

export function describeFences(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: fences`, () => {
    async function openBefore(change: string): Promise<StoreHarness> {
      const harness = await open();
      await harness.store.certificates.insert(sampleCertificate('one'));
      const earlier = Object.keys(CHANGES).slice(0, Object.keys(CHANGES).indexOf(change));
      for (const name of earlier) await CHANGES[name]?.(harness.store);
      return harness;
    }

    async function claim({ leases }: Store, holder: string, seconds: number): Promise<Fence> {
      const lease = await leases.claim('certificate/one', holder, 1000, at(seconds));
      if (lease === undefined) throw new Error('the lease was not given');
      return lease;
    }

    it.each(Object.entries(CHANGES))('let the holder make %s, also late', async (name, change) => {
      await using harness = await openBefore(name);
      const fence = await claim(harness.store, 'a', 0);
      await harness.store.leases.extend({ ...fence, expiresAt: at(1) }, 5000, at(0));
      const before = await snapshot(harness.store);
      await change(harness.store, fence);
      expect(await snapshot(harness.store)).not.toStrictEqual(before);
    });

    it.each(Object.entries(CHANGES))('refuse %s to who lost the lease', async (name, change) => {
      await using harness = await openBefore(name);
      const { store } = harness;
      const lost = await claim(store, 'a', 0);
      const taken = await claim(await harness.openAnother(), 'b', 2);
      const before = await snapshot(store);
      await expect(change(store, lost)).rejects.toMatchObject({ code: 'lease/held' });
      await store.leases.release({ ...taken, expiresAt: at(3) });
      await expect(change(store, taken)).rejects.toMatchObject({ code: 'lease/held' });
      const again = await claim(store, 'a', 9);
      await expect(change(store, lost)).rejects.toMatchObject({ code: 'lease/held' });
      expect(await snapshot(store)).toStrictEqual(before);
      await change(store, again);
    });
  });
}
