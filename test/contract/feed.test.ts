/**
 * The feed contract over every feed that there is.
 *
 * @module
 */
import { fork } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fromWire, type WireError } from '../../src/core/error-wire.ts';
import { parseName } from '../../src/core/names.ts';
import type { Channel } from '../../src/feed/channel.ts';
import {
  describeFeed,
  type FeedContent,
  type FeedUnderTest,
} from '../../src/feed/feed.contract.ts';
import type { Feed, FeedChange } from '../../src/feed/feed.ts';
import { createIpcFeed } from '../../src/feed/ipc/ipc-feed.ts';
import { serveFeed } from '../../src/feed/ipc/serve-feed.ts';
import { processChannel } from '../support/process-channel.ts';
import { createContentFeed } from '../support/content-feed.ts';

describeFeed('in memory', (content) => {
  const feed = createContentFeed(content);
  return Promise.resolve({
    feed,
    announce: (change) => feed.announce(change),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

describeFeed('ipc, in a forked process', openForked);

describe('createIpcFeed', () => {
  const name = parseName('a.example.com');

  it('fails in time when nobody answers, and at once beyond its bound', async () => {
    const feed = createIpcFeed(silentChannel(), { timeoutMs: 30, mostPending: 1 });
    const first = feed.lookup(name);
    await expect(feed.lookup(name)).rejects.toMatchObject({ code: 'feed/unavailable' });
    await expect(first).rejects.toMatchObject({ code: 'feed/unavailable' });
  });

  it('says who waits, and nothing else of them', () => {
    const sent: unknown[] = [];
    const feed = createIpcFeed({ ...silentChannel(), send: (message) => sent.push(message) });
    const client = { clientAddress: '192.0.2.1', clientPort: 1 };
    void feed.lookup(name, client).catch(() => undefined);
    void feed.lookup(name).catch(() => undefined);
    expect(sent).toEqual([
      { kind: 'lookup', id: 1, name, client: { clientAddress: '192.0.2.1' } },
      { kind: 'lookup', id: 2, name },
    ]);
  });

  it('fails what waits when the channel closes, and all that follows', async () => {
    const closing: (() => void)[] = [];
    const channel = silentChannel((listener) => closing.push(listener));
    const feed = createIpcFeed(channel, { timeoutMs: 60_000 });
    const waiting = feed.lookup(name);
    for (const close of closing) close();
    await expect(waiting).rejects.toMatchObject({ code: 'feed/unavailable' });
    await expect(feed.lookup(name)).rejects.toMatchObject({ code: 'feed/unavailable' });
  });
});

function silentChannel(onClose: (listener: () => void) => void = () => {}): Channel {
  return {
    send: () => {},
    onMessage: () => () => {},
    onClose: (listener) => {
      onClose(listener);
      return () => {};
    },
  };
}

/** The feed is served here; what the test sees is what a child process got of it. */
async function openForked(content: FeedContent): Promise<FeedUnderTest> {
  const child = fork(new URL('../support/feed-child.ts', import.meta.url), {
    serialization: 'json',
    execArgv: [],
  });
  // One for each question that waits.
  child.setMaxListeners(0);
  const channel = processChannel(child);
  const source = createContentFeed(content);
  serveFeed(source, {
    ...channel,
    send: (feed) => channel.send({ feed }),
    onMessage: (listener) =>
      channel.onMessage((message) => {
        const { feed } = message as { feed?: unknown };
        if (feed !== undefined) listener(feed);
      }),
  });
  let lastNumber = 0;
  const ask = (question: object): Promise<unknown> => {
    lastNumber += 1;
    const number = lastNumber;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const stop = channel.onMessage((message) => {
      const answer = message as { number?: number; value?: unknown; error?: WireError };
      if (answer.number !== number) return;
      stop();
      if (answer.error === undefined) resolve(answer.value);
      else reject(fromWire(answer.error));
    });
    channel.send({ ...question, number });
    return promise;
  };
  const feed: Feed = {
    lookup: (name) => ask({ ask: 'lookup', name }) as ReturnType<Feed['lookup']>,
    findAnswer: (query) => ask({ ask: 'findAnswer', query }) as ReturnType<Feed['findAnswer']>,
    onChanged: (listener) =>
      channel.onMessage((message) => {
        const { heard } = message as { heard?: FeedChange };
        if (heard !== undefined) listener(heard);
      }),
  };
  return {
    feed,
    announce: (change) => source.announce(change),
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}
