/**
 * A feed whose content the test sets.
 *
 * @module
 */
import { covers, type Name, parseName } from '../../src/core/names.ts';
import type {
  ChallengeAnswer,
  Credential,
  Endpoint,
  Feed,
  FeedChange,
  FeedEntry,
} from '../../src/feed/feed.ts';

export interface MemoryFeed extends Feed {
  /** Serves the endpoint with these credentials, and announces it. */
  put(endpoint: Endpoint, credentials?: readonly Credential[]): void;
  /** The same, while a certificate is made for it. */
  putPending(endpoint: Endpoint): void;
  remove(host: string): void;
  /** `key` is the token of http-01, the name of tls-alpn-01. */
  putAnswer(key: string, answer: ChallengeAnswer): void;
  announce(change: FeedChange): void;
}

export function createMemoryFeed(): MemoryFeed {
  const entries = new Map<Name, FeedEntry>();
  const answers = new Map<string, ChallengeAnswer>();
  const listeners = new Set<(change: FeedChange) => void>();
  const announce = (change: FeedChange): void => {
    for (const listener of listeners) listener(change);
  };
  return {
    announce,
    put: (endpoint, credentials = []) => {
      entries.set(endpoint.host, { endpoint, credentials });
      announce({ names: [endpoint.host] });
    },
    putPending: (endpoint) => {
      entries.set(endpoint.host, { endpoint, credentials: [], isPending: true });
      announce({ names: [endpoint.host] });
    },
    remove: (host) => {
      entries.delete(parseName(host));
      announce({ names: [parseName(host)] });
    },
    putAnswer: (key, answer) => void answers.set(key, answer),
    lookup: (name) => {
      const wildcard = [...entries.keys()].find((host) => covers(host, name));
      return Promise.resolve(entries.get(name) ?? (wildcard && entries.get(wildcard)));
    },
    findAnswer: (query) => {
      const answer = answers.get(query.type === 'http-01' ? query.token : query.name);
      return Promise.resolve(answer?.type === query.type ? answer : undefined);
    },
    onChanged: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
