/**
 * A feed whose other end can go away and come back: what was announced in between is taken for
 * everything.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';
import type { Feed, FeedChange } from '../../feed/feed.ts';

export interface AttachedFeed extends Feed {
  /** Asks `feed` from now on; returns how to stop, which does nothing after another attachment. */
  attach(feed: Feed): () => void;
}

/** Every question fails with `feed/unavailable` while no feed is attached. */
export function createAttachedFeed(): AttachedFeed {
  const listeners = new Set<(change: FeedChange) => void>();
  let current: Feed | undefined;
  let stopListening: (() => void) | undefined;
  let wasAttached = false;
  let arrival = Promise.withResolvers<void>();

  const announce = (change: FeedChange): void => {
    for (const listener of listeners) listener(change);
  };
  const ask = (): Feed => {
    if (current !== undefined) return current;
    throw new AppError('feed/unavailable', 'asking the control process failed: it is gone', {
      mend: 'Start certctl serve again: this worker goes on with it.',
    });
  };
  return {
    lookup: async (name, client) => ask().lookup(name, client),
    findAnswer: async (query) => ask().findAnswer(query),
    ready: () => arrival.promise,
    onChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    attach: (feed) => {
      stopListening?.();
      current = feed;
      stopListening = feed.onChanged(announce);
      if (wasAttached) announce('everything');
      wasAttached = true;
      arrival.resolve();
      return () => {
        if (current !== feed) return;
        stopListening?.();
        current = undefined;
        arrival = Promise.withResolvers();
      };
    },
  };
}
