/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { type Name, parseName } from '../core/names.ts';
import type { Feed, FeedChange, FeedEntry } from '../feed/feed.ts';
import { Entries } from './entries.ts';

const NAME = parseName('a.example.com');
const LIMITS = {
  entries: 2,
  unknownNames: 2,
  unknownNameMs: 1_000,
  lookupMs: 50,
  waitingHandshakes: 2,
};

function entryFor(port: number): FeedEntry {
  return {
    endpoint: {
      host: NAME,
      protocol: 'tls',
      upstreams: [{ scheme: 'tcp', target: { host: 'up', port } }],
    },
    credentials: [],
  };
}

/** A feed that answers by `answer` and counts how often it was asked. */
function setUp(answer: (name: Name) => Promise<FeedEntry | undefined>, isAway = false) {
  const asked: Name[] = [];
  const listeners: ((change: FeedChange) => void)[] = [];
  const time = { now: 0 };
  const { promise: arrival, resolve: arrive } = Promise.withResolvers<void>();
  const feed: Feed = {
    lookup: (name) => {
      asked.push(name);
      return answer(name);
    },
    findAnswer: () => Promise.resolve(undefined),
    ...(isAway ? { ready: () => arrival } : {}),
    onChanged: (listener) => {
      listeners.push(listener);
      return () => {};
    },
  };
  const clock = { ...systemClock, now: () => new Date(time.now) };
  const change = (changed: FeedChange): void => listeners.forEach((listener) => listener(changed));
  return { entries: new Entries(feed, clock, LIMITS), asked, change, time, arrive };
}

describe('Entries', () => {
  it('asks once for callers that come together, and not again for those that follow', async () => {
    const { entries, asked } = setUp(() => Promise.resolve(entryFor(1)));
    const together = await Promise.all([entries.find(NAME), entries.find(NAME)]);
    expect(together).toEqual([entryFor(1), entryFor(1)]);
    expect(entries.find(NAME)).toEqual(entryFor(1));
    expect(asked).toHaveLength(1);
  });

  it('remembers unknown names for a while only', async () => {
    const { entries, asked, time } = setUp(() => Promise.resolve(undefined));
    await entries.find(NAME);
    await entries.find(NAME);
    expect(asked).toHaveLength(1);
    time.now += LIMITS.unknownNameMs;
    await entries.find(NAME);
    expect(asked).toHaveLength(2);
  });

  it.each<FeedChange>(['everything', { names: [NAME] }, { names: [parseName('*.example.com')] }])(
    'asks again after the change %o',
    async (changed) => {
      let port = 1;
      const { entries, change } = setUp(() => Promise.resolve(entryFor(port)));
      await entries.find(NAME);
      port = 2;
      expect(await entries.find(NAME)).toEqual(entryFor(1));
      change(changed);
      expect(await entries.find(NAME)).toEqual(entryFor(2));
    },
  );

  it('keeps what a change does not touch', async () => {
    const { entries, asked, change } = setUp(() => Promise.resolve(entryFor(1)));
    await entries.find(NAME);
    change({ names: [parseName('*.a.example.com'), parseName('b.example.com')] });
    await entries.find(NAME);
    expect(asked).toHaveLength(1);
  });

  it('does not keep the answer of a lookup that began before a change', async () => {
    const old = Promise.withResolvers<FeedEntry>();
    const answers = [old.promise, Promise.resolve(entryFor(2))];
    const { entries, change } = setUp(() => answers.shift() ?? Promise.reject(new Error('late')));
    const first = entries.find(NAME);
    change({ names: [NAME] });
    expect(await entries.find(NAME)).toEqual(entryFor(2));
    old.resolve(entryFor(1));
    expect(await first).toEqual(entryFor(1));
    expect(entries.find(NAME)).toEqual(entryFor(2));
  });

  it('serves what it had while the feed fails or hangs', async () => {
    const answers = [
      Promise.resolve(entryFor(1)),
      Promise.reject(new Error('down')),
      new Promise<never>(() => {}),
    ];
    const { entries, asked, change } = setUp(() => answers.shift() ?? Promise.resolve(undefined));
    await entries.find(NAME);
    change('everything');
    expect(await entries.find(NAME)).toEqual(entryFor(1));
    expect(await entries.find(NAME)).toEqual(entryFor(1));
    expect(asked).toHaveLength(3);
  });

  it('waits for a feed that is away, but not with what it had', async () => {
    const { entries, change, asked, arrive } = setUp(() => Promise.resolve(entryFor(1)), true);
    const found = entries.find(NAME);
    await Promise.resolve();
    expect(asked).toEqual([]);
    arrive();
    expect(await found).toEqual(entryFor(1));
    const away = setUp(() => Promise.reject(new Error('gone')), true);
    await expect(away.entries.find(NAME)).rejects.toMatchObject({ code: 'feed/unavailable' });
    expect(away.asked).toEqual([]);
    change('everything');
    expect(await entries.find(NAME)).toEqual(entryFor(1));
    expect(asked).toHaveLength(2);
  });

  it('fails when nothing is known and the feed hangs', async () => {
    const { entries } = setUp(() => new Promise(() => {}));
    await expect(entries.find(NAME)).rejects.toMatchObject({ code: 'feed/unavailable' });
  });

  it('forgets the name that was not asked for the longest', async () => {
    const { entries, asked } = setUp(() => Promise.resolve(entryFor(1)));
    const [a, b, c] = ['a.test', 'b.test', 'c.test'].map(parseName) as [Name, Name, Name];
    for (const name of [a, b, a, c, a, b]) await entries.find(name);
    expect(asked).toEqual([a, b, c, b]);
  });

  describe('while a certificate is made', () => {
    const CLIENT = { clientAddress: '192.0.2.1' };
    const PENDING: FeedEntry = { ...entryFor(1), isPending: true };
    const { signal } = new AbortController();
    const LONG_MS = 60_000;

    /** Pending until the test says otherwise. */
    function setUpPending() {
      const state: { now: FeedEntry | undefined } = { now: PENDING };
      return { state, ...setUp(() => Promise.resolve(state.now)) };
    }

    it('keeps nothing, so that the next client makes the feed look again', async () => {
      const { entries, asked } = setUpPending();
      await entries.find(NAME, CLIENT);
      await entries.find(NAME, CLIENT);
      expect(asked).toHaveLength(2);
    });

    it('lets those who wait go on at the change, all by one question', async () => {
      const { entries, asked, change, state } = setUpPending();
      const waiting = [1, 2].map(() => entries.findIssued(NAME, CLIENT, LONG_MS, signal));
      await expect.poll(() => asked).toHaveLength(1);
      state.now = entryFor(2);
      change({ names: [NAME] });
      expect(await Promise.all(waiting)).toEqual([entryFor(2), entryFor(2)]);
      expect(asked).toHaveLength(2);
    });

    it('misses no change that comes while it asks', async () => {
      const answers = [PENDING, entryFor(2)];
      const { entries, change } = setUp(() => {
        change({ names: [NAME] });
        return Promise.resolve(answers.shift());
      });
      expect(await entries.findIssued(NAME, CLIENT, LONG_MS, signal)).toEqual(entryFor(2));
    });

    it('goes on waiting when the change was another one', async () => {
      const { entries, change, state, asked } = setUpPending();
      const waiting = entries.findIssued(NAME, CLIENT, LONG_MS, signal);
      await expect.poll(() => asked).toHaveLength(1);
      change('everything');
      await expect.poll(() => asked).toHaveLength(2);
      state.now = undefined;
      change({ names: [NAME] });
      expect(await waiting).toBeUndefined();
    });

    it('waits no longer than it may, and for nobody who has left', async () => {
      const { entries } = setUpPending();
      expect(await entries.findIssued(NAME, CLIENT, 10, signal)).toEqual(PENDING);
      const left = AbortSignal.abort();
      expect(await entries.findIssued(NAME, CLIENT, LONG_MS, left)).toEqual(PENDING);
    });

    it('lets so many wait, and nobody more', async () => {
      const { entries, change, state } = setUpPending();
      const wait = () => entries.findIssued(NAME, CLIENT, LONG_MS, signal);
      const waiting = [wait(), wait()];
      expect(await wait()).toEqual(PENDING);
      state.now = entryFor(2);
      change({ names: [NAME] });
      await Promise.all(waiting);
      state.now = PENDING;
      change({ names: [NAME] });
      const again = wait();
      state.now = entryFor(3);
      change({ names: [NAME] });
      expect(await again).toEqual(entryFor(3));
    });

    it('does not take the question of one who does not wait for its own', async () => {
      const { entries, asked } = setUpPending();
      await Promise.all([entries.find(NAME), entries.find(NAME, CLIENT), entries.find(NAME)]);
      expect(asked).toHaveLength(2);
    });
  });
});
