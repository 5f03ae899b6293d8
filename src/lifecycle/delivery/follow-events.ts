/**
 * Events as they happen, whichever process makes them happen.
 *
 * @module
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import { type Clock, SECOND_MS } from '../../core/clock.ts';
import { isAbort } from '../../core/errors.ts';
import { type EventView, viewEvent } from '../../observe/events/event.ts';
import type { StoredEvent } from '../../observe/events/event.ts';
import type { EventTable } from '../../store/events.ts';

const PAGE = 200;
const LOOK_EVERY_MS = SECOND_MS / 2;

/**
 * From after the event `lastId` on, or from now on where there is no such event; ends when `signal`
 * is aborted. Reads on only when the reader asks for more.
 */
export async function* followEvents(
  { events, clock }: { readonly events: EventTable; readonly clock: Clock },
  isWanted: (event: StoredEvent) => boolean,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<EventView, void, undefined> {
  const last = lastId === undefined ? undefined : await events.find(lastId);
  let position = last?.position ?? (await events.lastPosition());
  while (!signal.aborted) {
    const page = await events.after(position, PAGE);
    for (const event of page) {
      position = event.position;
      if (isWanted(event)) yield viewEvent(event);
    }
    if (page.length > 0) {
      await othersFirst();
      continue;
    }
    try {
      await clock.sleep(LOOK_EVERY_MS, signal);
    } catch (thrown) {
      if (!isAbort(thrown, signal)) throw thrown;
    }
  }
}
