/**
 * A feed in memory with the content that the contract suite asks for.
 *
 * @module
 */
import type { FeedContent } from '../../src/feed/feed.contract.ts';
import type { Feed, FeedChange } from '../../src/feed/feed.ts';

export function createContentFeed(
  content: FeedContent,
): Feed & { announce(change: FeedChange): void } {
  const listeners = new Set<(change: FeedChange) => void>();
  return {
    lookup: (name) =>
      name === content.failure.name
        ? Promise.reject(content.failure.error)
        : Promise.resolve(content.entries.get(name)),
    findAnswer: (query) =>
      Promise.resolve(content.answers.get(query.type === 'http-01' ? query.token : query.name)),
    onChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    announce: (change) => {
      for (const listener of listeners) listener(change);
    },
  };
}
