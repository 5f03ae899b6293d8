/**
 * Tells of names that clients ask for and no endpoint serves: each once an hour, few in all, so that
 * who makes up names fills neither the store nor anybody's inbox.
 *
 * @module
 */
import { after, type Clock, HOUR_MS, SECOND_MS } from '../../core/clock.ts';
import { findName, type Name } from '../../core/names.ts';
import { drawToken, tokensLeft } from '../../core/token-bucket.ts';
import type { Store } from '../../store/store.ts';

export interface UnknownNameWatch {
  /** How often names were asked for since the last time; what is no name is left out. */
  note(counts: Iterable<readonly [name: string, count: number]>): void;
  /** Until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

interface Asked {
  count: number;
  since: Date;
  quietUntil?: Date;
}

const TYPE = 'endpoint.unknown_name.v1';
const LOOK_EVERY_MS = 5 * SECOND_MS;
const QUIET_MS = HOUR_MS;
const MOST_NAMES = 1_000;
/** So many at once, and again within the hour. */
export const MOST_TOLD = { count: 10, perMs: HOUR_MS };

export function createUnknownNameWatch(context: {
  readonly store: Pick<Store, 'events'>;
  readonly clock: Clock;
  readonly onFault: (thrown: unknown) => void;
}): UnknownNameWatch {
  const { store, clock, onFault } = context;
  /** Those that were asked for last are at the end. */
  const asked = new Map<Name, Asked>();
  let fullAt: number | undefined;

  /** Another process, or this one before its restart, may have told of it. */
  async function toldAt(name: Name, since: Date): Promise<Date | undefined> {
    const filter = { order: 'newest', name, types: [TYPE], since, limit: 1 } as const;
    return (await store.events.page(filter)).events[0]?.at;
  }

  /** What is asked for the most goes first: made-up names are asked for once. */
  async function tell(): Promise<void> {
    const now = clock.now();
    const waiting = [...asked]
      .filter(([, { count }]) => count > 0)
      .filter(([, { quietUntil }]) => quietUntil === undefined || quietUntil <= now)
      .toSorted(([, left], [, right]) => right.count - left.count);
    for (const [name, one] of waiting) {
      if (tokensLeft(fullAt, MOST_TOLD, now.getTime()) === 0) return;
      const before = await toldAt(name, after(now, -QUIET_MS));
      one.quietUntil = after(before ?? now, QUIET_MS);
      if (before !== undefined) continue;
      const data = { requests: one.count, since: one.since.toISOString() };
      await store.events.append([{ type: TYPE, names: [name], data }]);
      const draw = drawToken(fullAt, MOST_TOLD, now.getTime());
      if (draw.isGranted) ({ fullAt } = draw);
      one.count = 0;
      one.since = now;
    }
  }

  return {
    note(counts) {
      for (const [text, count] of counts) {
        const name = findName(text);
        if (name === undefined) continue;
        const known = asked.get(name) ?? { count: 0, since: clock.now() };
        known.count += count;
        asked.delete(name);
        asked.set(name, known);
      }
      for (const name of asked.keys()) {
        if (asked.size <= MOST_NAMES) break;
        asked.delete(name);
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        await tell().catch(onFault);
        await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}
