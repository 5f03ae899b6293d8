/**
 * What the budgets of every store do.
 *
 * @module
 */
import { array, assert, asyncProperty, integer, nat, record, subarray, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at } from './sample-records.contract.ts';
import type { BudgetDraw } from './budgets.ts';
import type { StoreHarness } from './store-harness.contract.ts';

/** Two at once, and one again every ten seconds. */
const two = (scope: string): BudgetDraw => ({ scope, limit: { count: 2, perMs: 20_000 } });
const asked = (scope: string): BudgetDraw => ({ ...two(scope), isOnlyAsked: true });

export function describeBudgets(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: budgets`, () => {
    it('give what is there, and say when there is more', async () => {
      await using harness = await open();
      const { budgets } = harness.store;
      for (const second of [0, 1]) {
        expect(await budgets.take([two('a')], at(second))).toBeUndefined();
      }
      expect(await budgets.take([two('a')], at(2))).toEqual({ scope: 'a', retryAt: at(10) });
      expect(await budgets.take([two('b')], at(2))).toBeUndefined();
      expect(await budgets.take([two('a')], at(10))).toBeUndefined();
      expect(await budgets.take([two('a')], at(10))).toEqual({ scope: 'a', retryAt: at(20) });
    });

    it('give all or nothing, and name the one that is there last', async () => {
      await using harness = await open();
      const { budgets } = harness.store;
      await budgets.charge([two('a'), two('a'), two('b'), two('b')], at(0));
      await budgets.charge([two('b')], at(5));
      const draws = [two('a'), two('b'), two('c')];
      expect(await budgets.take(draws, at(5))).toEqual({ scope: 'b', retryAt: at(15) });
      expect(await budgets.take(draws, at(12))).toEqual({ scope: 'b', retryAt: at(15) });
      for (const second of [12, 13]) {
        expect(await budgets.take([two('c')], at(second))).toBeUndefined();
      }
      expect(await budgets.take([two('a')], at(12))).toBeUndefined();
    });

    it('ask without taking, take back, and refill', async () => {
      await using harness = await open();
      const { budgets } = harness.store;
      for (let times = 0; times < 3; times += 1) {
        expect(await budgets.take([asked('a')], at(0))).toBeUndefined();
      }
      await budgets.charge([two('a'), two('a'), two('a')], at(0));
      expect(await budgets.take([asked('a')], at(0))).toEqual({ scope: 'a', retryAt: at(10) });
      await budgets.giveBack([two('a')], at(0));
      expect(await budgets.take([two('a')], at(0))).toBeUndefined();
      expect(await budgets.take([two('a')], at(0))).toBeDefined();
      await budgets.refill(['a', 'unknown']);
      expect(await budgets.take([two('a')], at(0))).toBeUndefined();
    });

    it('are the same for every connection', async () => {
      await using harness = await open();
      const other = await harness.openAnother();
      await harness.store.budgets.take([two('a')], at(0));
      await other.budgets.take([two('a')], at(0));
      expect(await harness.store.budgets.take([two('a')], at(0))).toBeDefined();
      await harness.store.budgets.pause({ scope: 'p', until: at(9), reason: 'asked' }, at(0));
      expect(await other.budgets.findPauses(['p'], at(0))).toHaveLength(1);
    });

    it('never give more in any window than a limit allows', async () => {
      await using harness = await open();
      const { budgets } = harness.store;
      let run = 0;
      const limits = record({
        count: integer({ min: 1, max: 4 }),
        perMs: integer({ min: 1_000, max: 9_000 }),
      });
      const asking = record({ gapMs: nat(3_000), scopes: subarray(['x', 'y', 'z']) });
      const askings = array(asking, { maxLength: 40 });
      await assert(
        asyncProperty(tuple(limits, limits, limits), askings, async (given, steps) => {
          run += 1;
          const taken = new Map<string, number[]>();
          let now = at(0).getTime();
          for (const { gapMs, scopes } of steps) {
            now += gapMs;
            const draws = scopes.map((scope) => drawFor(`${scope}${run}`, given));
            if ((await budgets.take(draws, new Date(now))) !== undefined) continue;
            for (const { scope } of draws) taken.set(scope, [...(taken.get(scope) ?? []), now]);
          }
          for (const [scope, instants] of taken)
            expectWithin(instants, drawFor(scope, given).limit);
        }),
        { numRuns: 25 },
      );
    });

    it('keep a pause to its last millisecond', async () => {
      await using harness = await open();
      const { budgets } = harness.store;
      const pause = { scope: 'a', until: at(10), reason: 'asked to wait' };
      await budgets.pause(pause, at(0));
      const before = new Date(at(10).getTime() - 1);
      expect(await budgets.findPauses(['b', 'a'], before)).toStrictEqual([pause]);
      expect(await budgets.findPauses(['a'], at(10))).toStrictEqual([]);
    });

    it('keep the longer of two pauses, and one without end until it is lifted', async () => {
      await using harness = await open();
      const { budgets } = harness.store;
      const long = { scope: 'a', until: at(100), reason: 'long' };
      const endless = { scope: 'b', reason: 'paused', url: 'https://ca.example/unpause' };
      await budgets.pause(long, at(0));
      await budgets.pause({ ...long, until: at(50), reason: 'short' }, at(0));
      await budgets.pause(endless, at(0));
      await budgets.pause({ scope: 'b', until: at(900), reason: 'timed' }, at(0));
      expect(await budgets.findPauses(['a', 'b'], at(1))).toStrictEqual([endless, long]);
      await budgets.liftPauses(['a', 'b']);
      expect(await budgets.findPauses(['a', 'b'], at(1))).toStrictEqual([long]);
      await budgets.pause({ scope: 'a', reason: 'for ever' }, at(2));
      expect(await budgets.findPauses(['a'], at(1e6))).toMatchObject([{ reason: 'for ever' }]);
    });
  });
}

/** The limit of a scope by its first letter. */
function drawFor(scope: string, limits: readonly BudgetDraw['limit'][]): BudgetDraw {
  const limit = limits['xyz'.indexOf(scope.charAt(0))];
  if (limit === undefined) throw new Error(`no limit for ${scope}`);
  return { scope, limit };
}

function expectWithin(instants: readonly number[], limit: BudgetDraw['limit']): void {
  for (const [first, start] of instants.entries()) {
    for (const [offset, end] of instants.slice(first).entries()) {
      const refilled = Math.floor(((end - start) * limit.count) / limit.perMs);
      expect(offset + 1).toBeLessThanOrEqual(limit.count + refilled);
    }
  }
}
