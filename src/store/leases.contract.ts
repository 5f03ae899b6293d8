/**
 * What the leases of every store do.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { at } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';

export function describeLeases(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: leases`, () => {
    it('gives a lease to one holder at a time', async () => {
      await using harness = await open();
      const { leases } = harness.store;
      const lease = await leases.claim('work', 'a', 1000, at(0));
      expect(lease).toStrictEqual({
        name: 'work',
        holder: 'a',
        fencingToken: 1,
        expiresAt: at(1),
      });
      expect(await leases.claim('work', 'b', 1000, new Date(at(1).getTime() - 1))).toBeUndefined();
      expect(await leases.find('work')).toStrictEqual(lease);
      expect(await leases.claim('other', 'b', 1000, at(0))).toMatchObject({ fencingToken: 1 });
      expect(await leases.find('unknown')).toBeUndefined();
    });

    it('keeps the fencing token while the holder claims again', async () => {
      await using harness = await open();
      const { leases } = harness.store;
      await leases.claim('work', 'a', 1000, at(0));
      const again = await leases.claim('work', 'a', 5000, new Date(at(1).getTime() - 1));
      expect(again?.fencingToken).toBe(1);
      expect(again?.expiresAt).toStrictEqual(new Date(at(6).getTime() - 1));
    });

    it('increases the fencing token with every fresh claim', async () => {
      await using harness = await open();
      const { leases } = harness.store;
      const tokens = [await leases.claim('work', 'a', 1000, at(0))];
      tokens.push(await leases.claim('work', 'b', 1000, at(1)));
      tokens.push(await leases.claim('work', 'b', 1000, at(2)));
      const last = tokens.at(-1);
      if (last === undefined) throw new Error('the lease was not given');
      await leases.release(last);
      expect(await leases.find('work')).toBeUndefined();
      tokens.push(await leases.claim('work', 'a', 1000, at(2)));
      expect(tokens.map((lease) => lease?.fencingToken)).toStrictEqual([1, 2, 3, 4]);
    });

    it('neither extends nor releases a lost lease', async () => {
      await using harness = await open();
      const { leases } = harness.store;
      const lost = await leases.claim('work', 'a', 1000, at(0));
      const held = await leases.claim('work', 'b', 9000, at(1));
      if (lost === undefined || held === undefined) throw new Error('the lease was not given');
      expect(await leases.extend(lost, 1000, at(1))).toBeUndefined();
      await leases.release(lost);
      expect(await leases.find('work')).toStrictEqual(held);
      const extended = await leases.extend(held, 9000, at(5));
      expect(extended).toStrictEqual({ ...held, expiresAt: at(14) });
      expect(await leases.find('work')).toStrictEqual(extended);
    });

    it('extends an expired lease that nobody took, but not a released one', async () => {
      await using harness = await open();
      const { leases } = harness.store;
      const lease = await leases.claim('work', 'a', 1000, at(0));
      if (lease === undefined) throw new Error('the lease was not given');
      expect(await leases.extend(lease, 1000, at(50))).toMatchObject({ expiresAt: at(51) });
      await leases.release(lease);
      expect(await leases.extend(lease, 1000, at(50))).toBeUndefined();
    });
  });
}
