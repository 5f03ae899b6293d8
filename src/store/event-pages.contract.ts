/**
 * Pages of events: every filter in both orders, and no more looked at than is quick.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { DAY_MS, after } from '../core/clock.ts';
import { type Name, covers, isWithin, parseName } from '../core/names.ts';
import type { EventType } from '../observe/events/catalogue.ts';
import type { NewEvent, StoredEvent } from '../observe/events/event.ts';
import type { EventFilter } from './events.ts';
import { at } from './sample-records.contract.ts';
import type { StoreHarness } from './store-harness.contract.ts';
import type { Store } from './store.ts';

const NAMES = ['app.example.com', '*.customer.net', 'a.customer.net', 'a.b.customer.net'];

function sample(index: number): NewEvent {
  const names = NAMES.filter((_, bit) => ((index >> bit) & 1) === 1);
  const about = { certificateId: `c${index % 3}`, names };
  return index % 2 === 0
    ? { type: 'certificate.unparked.v1', ...about, data: {} }
    : { type: 'certificate.removed.v1', ...about, data: { source: 'added' } };
}

function fits(event: StoredEvent, filter: Omit<EventFilter, 'order' | 'limit'>): boolean {
  const { certificateId, types, name, within, since, until } = filter;
  const names = event.names as readonly Name[];
  return (
    (certificateId === undefined || event.certificateId === certificateId) &&
    (types === undefined || types.includes(event.type)) &&
    (name === undefined || names.some((each) => covers(each, name))) &&
    (within === undefined || (names.length > 0 && isWithin(within, names))) &&
    (since === undefined || event.at >= since) &&
    (until === undefined || event.at < until)
  );
}

/** The positions on all pages, one after the other. */
async function collect({ events }: Store, filter: EventFilter): Promise<number[]> {
  const found: number[] = [];
  let from = filter.from;
  for (;;) {
    const page = await events.page({ ...filter, from });
    expect(page.events.length).toBeLessThanOrEqual(filter.limit);
    found.push(...page.events.map(({ position }) => position));
    if (page.end === undefined || page.end === from) return found;
    from = page.end;
  }
}

const FILTERS: readonly Omit<EventFilter, 'order' | 'limit'>[] = [
  {},
  { certificateId: 'c1' },
  { types: ['certificate.removed.v1'] },
  { types: [] as EventType[] },
  ...NAMES.map((name) => ({ name: parseName(name) })),
  { name: parseName('new.customer.net') },
  { name: parseName('nobody.example') },
  { within: [parseName('*.customer.net')] },
  { within: [parseName('app.example.com'), parseName('a.b.customer.net')] },
  { within: [] },
  { since: at(0) },
  { until: at(0) },
  { since: at(0), until: after(new Date(), DAY_MS) },
  { since: after(new Date(), 2 * DAY_MS) },
  { certificateId: 'c2', within: [parseName('*.customer.net')], name: parseName('a.customer.net') },
];

export function describeEventPages(adapter: string, open: () => Promise<StoreHarness>): void {
  describe(`${adapter}: pages of events`, () => {
    it('have what fits, all of it once, in both orders', async () => {
      await using harness = await open();
      const { store } = harness;
      await store.events.append(Array.from({ length: 40 }, (_, index) => sample(index)));
      const all = await store.events.after(0, 100);
      for (const filter of FILTERS) {
        const fitting = all.filter((event) => fits(event, filter));
        const positions = fitting.map(({ position }) => position);
        const oldest = await collect(store, { ...filter, order: 'oldest', limit: 7 });
        expect({ filter, found: oldest }).toStrictEqual({ filter, found: positions });
        const newest = await collect(store, { ...filter, order: 'newest', limit: 3 });
        expect({ filter, found: newest }).toStrictEqual({ filter, found: positions.toReversed() });
      }
    });

    it('end where they have looked at enough, and go on from there', async () => {
      await using harness = await open();
      const { store } = harness;
      const others = Array.from({ length: 6_000 }, () => sample(1));
      await store.events.append([sample(2), ...others]);
      const within = [parseName('*.customer.net')];
      const filter = { order: 'newest', within, limit: 10 } as const;
      const first = await store.events.page(filter);
      expect(first.events).toHaveLength(0);
      const second = await store.events.page({ ...filter, from: first.end });
      expect(second.events).toHaveLength(1);
      expect(second.end).toBeUndefined();
    });

    it('go on after what was removed by its age', async () => {
      await using harness = await open();
      const { events } = harness.store;
      await events.append([sample(1), sample(2)]);
      const { end } = await events.page({ order: 'oldest', limit: 1 });
      while ((await events.prune(after(new Date(), DAY_MS))) > 0);
      expect(await events.page({ order: 'oldest', limit: 1, from: end })).toStrictEqual({
        events: [],
      });
      await events.append([sample(3)]);
      const page = await events.page({ order: 'oldest', limit: 1, from: end });
      expect(page.events.map(({ names }) => names)).toStrictEqual([NAMES.slice(0, 2)]);
      expect(
        await collect(harness.store, {
          order: 'newest',
          name: parseName('app.example.com'),
          limit: 9,
        }),
      ).toHaveLength(1);
    });
  });
}
