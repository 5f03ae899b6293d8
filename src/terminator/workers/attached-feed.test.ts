import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parseName } from '../../core/names.ts';
import type { Feed, FeedChange } from '../../feed/feed.ts';
import { createAttachedFeed } from './attached-feed.ts';

const NAME = parseName('a.example.com');

describe('createAttachedFeed', () => {
  it('fails while nothing is attached, before and after', async () => {
    const feed = createAttachedFeed();
    await expect(feed.lookup(NAME)).rejects.toMatchObject({ code: 'feed/unavailable' });
    const detach = feed.attach(source().feed);
    expect(await feed.lookup(NAME)).toBeUndefined();
    detach();
    await expect(feed.lookup(NAME)).rejects.toMatchObject({ code: 'feed/unavailable' });
    const query = { type: 'http-01', token: 'x' } as const;
    await expect(feed.findAnswer(query)).rejects.toMatchObject({ code: 'feed/unavailable' });
  });

  it('is ready while something is attached', async () => {
    const feed = createAttachedFeed();
    const isReady = () => Promise.race([feed.ready?.().then(() => true), setImmediate(false)]);
    expect(await isReady()).toBe(false);
    const waiting = feed.ready?.();
    const detach = feed.attach(source().feed);
    await waiting;
    expect(await isReady()).toBe(true);
    detach();
    expect(await isReady()).toBe(false);
  });

  it('takes what happened between two attachments for everything', () => {
    const feed = createAttachedFeed();
    const heard: FeedChange[] = [];
    feed.onChanged((change) => heard.push(change));
    const first = source();
    const detach = feed.attach(first.feed);
    expect(heard).toEqual([]);
    first.announce({ names: [NAME] });
    detach();
    first.announce({ names: [] });
    const second = source();
    feed.attach(second.feed);
    // The end of the first must not end the second.
    detach();
    second.announce({ names: [NAME] });
    expect(heard).toEqual([{ names: [NAME] }, 'everything', { names: [NAME] }]);
  });
});

function source() {
  const listeners = new Set<(change: FeedChange) => void>();
  const feed: Feed = {
    lookup: () => Promise.resolve(undefined),
    findAnswer: () => Promise.resolve(undefined),
    onChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    feed,
    announce: (change: FeedChange): void => {
      for (const listener of listeners) listener(change);
    },
  };
}
