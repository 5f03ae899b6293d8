/**
 * The end of a feed between processes at which the answers are.
 *
 * @module
 */
import { toWire } from '../../core/error-wire.ts';
import { toAppError } from '../../core/errors.ts';
import type { Channel } from '../channel.ts';
import type { Feed } from '../feed.ts';
import { findRequest, type ReplyMessage, type RequestMessage } from './messages.ts';

/** Answers and announces until the channel closes; returns how to stop before. */
export function serveFeed(feed: Feed, channel: Channel): () => void {
  const reply = (message: ReplyMessage): void => channel.send(message);
  const stops = [
    feed.onChanged((change) => reply({ kind: 'changed', change })),
    channel.onMessage((message) => {
      const request = findRequest(message);
      if (request !== undefined) void answer(feed, request, reply);
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
      const entry = await feed.lookup(request.name, request.client);
      reply({ kind: 'entry', id, ...(entry === undefined ? {} : { entry }) });
    } else {
      const found = await feed.findAnswer(request.query);
      reply({ kind: 'answer', id, ...(found === undefined ? {} : { answer: found }) });
    }
  } catch (thrown) {
    reply({ kind: 'error', id, error: toWire(toAppError(thrown)) });
  }
}
