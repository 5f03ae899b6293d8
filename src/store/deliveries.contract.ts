/**
 * The outbox: who gets what, in which order, and what becomes of what nobody takes.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../observe/events/event.ts';
import { at } from './sample-records.contract.ts';
import type { Delivery } from './deliveries.ts';
import type { StoreHarness } from './store-harness.contract.ts';
import type { Store } from './store.ts';

export function describeDeliveries(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: deliveries`, () => {
    it('begin with what happens after the subscription, and lose nothing afterwards', async () => {
      await using harness = await open();
      const { events, deliveries } = harness.store;
      await events.append([unparked('one')]);
      await deliveries.subscribe(['a'], at(0));
      expect(await deliveries.takeUp('a', () => true, 10, at(0))).toBe(0);
      await events.append([unparked('one'), unparked('two'), unparked('three')]);
      await deliveries.subscribe(['a'], at(1));
      const isWanted = (event: { certificateId?: string }) => event.certificateId !== 'two';
      expect(await deliveries.takeUp('a', isWanted, 2, at(1))).toBe(2);
      expect(await deliveries.takeUp('a', isWanted, 2, at(1))).toBe(1);
      expect(await deliveries.takeUp('a', isWanted, 2, at(1))).toBe(0);
      expect(await dueOf(harness.store, 1)).toStrictEqual(['one', 'three']);
    });

    it('of one certificate come one after the other, those of others pass by', async () => {
      await using harness = await open();
      const { events, deliveries } = harness.store;
      await deliveries.subscribe(['a'], at(0));
      await events.append([unparked('one'), unparked('one'), unparked('two')]);
      await deliveries.takeUp('a', () => true, 10, at(0));
      const [first] = await deliveries.due('a', at(0), 10);
      if (first === undefined) throw new Error('nothing is due');
      expect(await dueOf(harness.store, 0)).toStrictEqual(['one', 'two']);
      await deliveries.postpone([{ delivery: first, attempts: 1, nextAt: at(50) }], 'no');
      expect(await dueOf(harness.store, 10)).toStrictEqual(['two']);
      const [again] = await deliveries.due('a', at(50), 10);
      expect(again).toMatchObject({ attempts: 1, error: 'no', takenAt: at(0) });
      await deliveries.confirm([first]);
      const [second] = await deliveries.due('a', at(50), 10);
      expect(second?.event.certificateId).toBe('one');
      expect(second?.event.position).toBeGreaterThan(first.event.position);
    });

    it('are due together once the first has waited, and all wait again behind it', async () => {
      await using harness = await open();
      const { events, deliveries } = harness.store;
      await deliveries.subscribe(['a', 'b'], at(0));
      await events.append([unparked('one'), unparked('one'), unparked('two')]);
      await deliveries.takeUp('a', () => true, 10, at(10));
      await deliveries.takeUp('b', () => true, 10, at(10));
      expect(await deliveries.dueTogether('a', at(20), at(9), 10)).toStrictEqual([]);
      const all = await deliveries.dueTogether('a', at(20), at(10), 10);
      expect(all.map(({ event }) => event.certificateId)).toStrictEqual(['one', 'one', 'two']);
      expect(await deliveries.dueTogether('a', at(20), at(10), 2)).toStrictEqual(all.slice(0, 2));
      const failed = all.map((delivery) => ({ delivery, attempts: 1, nextAt: at(50) }));
      await deliveries.postpone(failed, 'no');
      await events.append([unparked('new')]);
      await deliveries.takeUp('a', () => true, 10, at(40));
      expect(await deliveries.dueTogether('a', at(49), at(49), 10)).toStrictEqual([]);
      const again = await deliveries.dueTogether('a', at(50), at(40), 10);
      expect(again.map(({ attempts }) => attempts)).toStrictEqual([1, 1, 1, 0]);
      await deliveries.confirm(again);
      expect(await deliveries.dueTogether('a', at(60), at(60), 10)).toStrictEqual([]);
      expect(await deliveries.dueTogether('b', at(60), at(60), 10)).toHaveLength(3);
    });

    it('are given up with an event, free those behind them, and can be replayed', async () => {
      await using harness = await open();
      const { events, deliveries } = harness.store;
      await deliveries.subscribe(['a'], at(0));
      await events.append([unparked('one'), unparked('one')]);
      await deliveries.takeUp('a', () => true, 10, at(0));
      const [first] = await deliveries.due('a', at(0), 10);
      if (first === undefined) throw new Error('nothing is due');
      await deliveries.bury(first, { attempts: 9, at: at(5), error: 'gone' }, unparked('told'));
      expect((await events.after(0, 10)).at(-1)?.certificateId).toBe('told');
      expect(await dueOf(harness.store, 5)).toStrictEqual(['one']);
      expect(await deliveries.dead({ limit: 10 })).toMatchObject([
        { attempts: 9, deadAt: at(5), error: 'gone', event: { id: first.event.id } },
      ]);
      expect(await deliveries.dead({ limit: 10, subscription: 'b' })).toStrictEqual([]);
      expect(await deliveries.backlog()).toStrictEqual([
        { subscription: 'a', waiting: 1, dead: 1 },
      ]);
      expect(await deliveries.replay({ eventId: 'another' }, at(6))).toBe(0);
      expect(await deliveries.replay({ eventId: first.event.id }, at(6))).toBe(1);
      expect((await deliveries.due('a', at(6), 10))[0]).toMatchObject({
        attempts: 0,
        event: { id: first.event.id },
      });
    });

    it('that were given up are listed in pages, whatever becomes of those seen', async () => {
      await using harness = await open();
      const { events, deliveries } = harness.store;
      await deliveries.subscribe(['a', 'b'], at(0));
      await events.append(['one', 'two', 'three'].map(unparked));
      for (const name of ['a', 'b']) {
        await deliveries.takeUp(name, () => true, 10, at(0));
        for (const due of await deliveries.due(name, at(0), 10)) {
          const deadAt = at(due.event.certificateId === 'one' ? 2 : 1);
          await deliveries.bury(due, { attempts: 1, at: deadAt, error: 'gone' });
        }
      }
      const whole = await deliveries.dead({ limit: 10 });
      const told = whole.map(({ event, subscription }) => `${event.certificateId} ${subscription}`);
      // Of one instant the greater id first, and ids of one instant come in any order.
      const others = whole.slice(2).map(({ event }) => event.id);
      expect(others).toStrictEqual(others.toSorted().toReversed());
      const [third] = told.slice(2, 3).join().split(' ');
      const fifth = third === 'two' ? 'three' : 'two';
      const both = ['one', third, fifth].flatMap((event) => [`${event} b`, `${event} a`]);
      expect(told).toStrictEqual(both);
      let last: Delivery | undefined;
      for (const expected of whole) {
        const place = last?.deadAt && {
          deadAt: last.deadAt,
          eventId: last.event.id,
          subscription: last.subscription,
        };
        const page = await deliveries.dead({ limit: 1, after: place });
        expect(page).toStrictEqual([expected]);
        [last] = page;
        await deliveries.replay({ eventId: expected.event.id, subscription: 'b' }, at(9));
      }
    });

    it('go with the event that is no longer kept', async () => {
      await using harness = await open();
      const { events, deliveries } = harness.store;
      await deliveries.subscribe(['a'], at(0));
      await events.append([unparked('one')]);
      await deliveries.takeUp('a', () => true, 10, at(0));
      expect(await events.prune(new Date(8.64e15))).toBe(1);
      expect(await dueOf(harness.store, 5)).toStrictEqual([]);
    });
  });
}

function unparked(certificateId: string): NewEvent {
  return { type: 'certificate.unparked.v1', certificateId, names: [], data: {} };
}

async function dueOf({ deliveries }: Store, seconds: number) {
  return (await deliveries.due('a', at(seconds), 10)).map(({ event }) => event.certificateId);
}
