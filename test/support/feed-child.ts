/**
 * The program of a process that has only an ipc feed: it repeats to its parent what the feed says.
 *
 * @module
 */
import { toWire } from '../../src/core/error-wire.ts';
import { toAppError } from '../../src/core/errors.ts';
import type { Name } from '../../src/core/names.ts';
import type { AnswerQuery } from '../../src/feed/feed.ts';
import { createIpcFeed } from '../../src/feed/ipc/ipc-feed.ts';
import type { Channel } from '../../src/feed/channel.ts';
import { processChannel } from './process-channel.ts';

/** What the test asks of the child, beside the feed's own messages. */
export type Question =
  | { readonly ask: 'lookup'; readonly number: number; readonly name: Name }
  | { readonly ask: 'findAnswer'; readonly number: number; readonly query: AnswerQuery };

const channel = processChannel(process);
const feedChannel: Channel = {
  ...channel,
  send: (body) => channel.send({ feed: body }),
  onMessage: (listener) =>
    channel.onMessage((message) => {
      const { feed: body } = message as { feed?: unknown };
      if (body !== undefined) listener(body);
    }),
};
const feed = createIpcFeed(feedChannel);
feed.onChanged((change) => channel.send({ heard: change }));

channel.onMessage((message) => {
  const question = message as Question;
  if (question.ask === undefined) return;
  const { number } = question;
  const asked =
    question.ask === 'lookup' ? feed.lookup(question.name) : feed.findAnswer(question.query);
  asked.then(
    (value) => channel.send({ number, value }),
    (thrown: unknown) => channel.send({ number, error: toWire(toAppError(thrown)) }),
  );
});
