/**
 * Events as they happen, whichever process makes them happen, as server-sent events.
 *
 * @module
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { SECOND_MS } from '../../core/clock.ts';
import type { EventFilter, EventList } from '../event-operations.ts';
import type { Answer, Call } from './route.ts';
import { message, type MessageSource, pause, streamAnswer } from './server-sent-events.ts';

const PAGE = 200;
const LOOK_EVERY_MS = SECOND_MS / 2;

/** From after the event `after` on, or from now on; the id of each message is that of its event. */
export async function streamEvents(
  call: Call,
  filter: EventFilter,
  after: string | undefined,
): Promise<Answer> {
  const { operations, report, signal } = call;
  const read = (from: string | undefined): Promise<EventList> =>
    operations.listEvents({ ...filter, order: 'oldest', limit: PAGE, from }, report, signal);
  const from = after ?? (await lastOf(call, filter));
  // What is wrong with the request is said before anything is streamed.
  const first = await read(from);
  return streamAnswer(call, eventsFrom(call, read, from, first));
}

/** Nothing that fits has happened since. */
async function lastOf(
  { operations, report, signal }: Call,
  filter: EventFilter,
): Promise<string | undefined> {
  const body = { ...filter, order: 'newest', limit: 1 } as const;
  const { items, next } = await operations.listEvents(body, report, signal);
  return items[0]?.id ?? next;
}

async function* eventsFrom(
  { clock, signal }: Call,
  read: (from: string | undefined) => Promise<EventList>,
  begin: string | undefined,
  first: EventList,
): MessageSource {
  let from = begin;
  let page = first;
  while (!signal.aborted) {
    for (const event of page.items) yield message(event, { id: event.id });
    const isAtEnd = page.next === from;
    from = page.next;
    yield undefined;
    if (isAtEnd) await pause(clock, LOOK_EVERY_MS, signal);
    else await othersFirst();
    page = await read(from);
  }
}
