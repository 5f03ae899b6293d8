/**
 * The end of a feed between processes at which the answers are.
 *
 * @module
 */
import { toWire } from '../../core/error-wire.ts';
import { toAppError } from '../../core/errors.ts';
import type { Channel } from '../channel.ts';
import type { Feed } from '../feed.ts';
import { type ReplyMessage, RequestMessage } from './messages.ts';

/** Answers and announces until the channel closes; returns how to stop before. */
export function serveFeed(feed: Feed, channel: Channel): () => void {
  const reply = (message: ReplyMessage): void => channel.send(message);
  const stops = [
    feed.onChanged((change) =>
      reply({
        kind: 'changed',
        change: change === 'everything' ? change : { names: [...change.names] },
      }),
    ),
    channel.onMessage((message) => {
      const request = RequestMessage.safeParse(message);
      if (request.success) void answer(feed, request.data, reply);
    }),
  ];
  const stop = (): void => {
    for (const one of stops) one();
  };
  stops.push(channel.onClose(stop));
  return stop;
}

async function answer(
  feed: Feed,
  request: RequestMessage,
  reply: (message: ReplyMessage) => void,
): Promise<void> {
  const { id } = request;
  try {
    if (request.kind === 'lookup') {
      const entry = await feed.lookup(request.name);
      // A plain copy: what the schema does not know stays in this process.
      reply({
        kind: 'entry',
        id,
        ...(entry === undefined ? {} : { entry: structuredClone(entry) as never }),
      });
    } else {
      const found = await feed.findAnswer(request.query);
      reply({ kind: 'answer', id, ...(found === undefined ? {} : { answer: found }) });
    }
  } catch (thrown) {
    const { causes, ...error } = toWire(toAppError(thrown));
    reply({ kind: 'error', id, error: { ...error, ...(causes && { causes: [...causes] }) } });
  }
}
