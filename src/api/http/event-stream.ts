/**
 * Events as they happen, as server-sent events.
 *
 * @module
 */
import { goOn } from '../../core/go-on.ts';
import type { EventView } from '../../observe/events/event.ts';
import type { EventFilter } from '../event-operations.ts';
import { followEvents } from '../follow-events.ts';
import type { Answer, Call } from './route.ts';
import { message, type MessageSource, streamAnswer } from './server-sent-events.ts';

/** From after the event `after` on, or from now on; the id of each message is that of its event. */
export async function streamEvents(
  call: Call,
  filter: EventFilter,
  after: string | undefined,
): Promise<Answer> {
  const followed = followEvents(call, filter, after);
  // What is wrong with the request is said before anything is streamed.
  const first = await followed.next();
  return streamAnswer(call, messagesOf(goOn(first, followed)));
}

async function* messagesOf(events: AsyncIterable<EventView | undefined>): MessageSource {
  for await (const event of events) yield event && message(event, { id: event.id });
}
