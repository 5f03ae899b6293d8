/**
 * Events as they happen, whichever process makes them happen.
 *
 * @module
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { type Clock, SECOND_MS } from '../core/clock.ts';
import type { EventView } from '../observe/events/event.ts';
import type { Reporter } from '../observe/progress.ts';
import type { EventFilter, EventOperations } from './event-operations.ts';

const PAGE = 200;
const LOOK_EVERY_MS = SECOND_MS / 2;

export interface Following {
  readonly operations: Pick<EventOperations, 'listEvents'>;
  readonly clock: Clock;
  readonly report: Reporter;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * From after the event `after` on, or from now on; `undefined` whenever there is nothing new. Reads
 * on only when the reader asks for more.
 *
 * @throws as `listEvents` does.
 */
export async function* followEvents(
  { operations, clock, report, signal }: Following,
  filter: EventFilter,
  after: string | undefined,
): AsyncGenerator<EventView | undefined, void, undefined> {
  const read = (order: 'newest' | 'oldest', limit: number, from?: string) =>
    operations.listEvents({ ...filter, order, limit, from }, report, signal);
  let from = after;
  if (from === undefined) {
    const { items, next } = await read('newest', 1);
    // Without one, nothing that fits has happened since `next`.
    from = items[0]?.id ?? next;
  }
  while (!signal.aborted) {
    const { items, next } = await read('oldest', PAGE, from);
    yield* items;
    const isAtEnd = next === from;
    from = next;
    yield undefined;
    if (isAtEnd) await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    else await othersFirst();
  }
}
