/**
 * The feed behind a bounded memory: what was looked up once is known until the feed says otherwise.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { coveringWildcard, isWildcard, type Name } from '../core/names.ts';
import type { Feed, FeedChange, FeedEntry, LookupClient } from '../feed/feed.ts';
import { BoundedMap } from '../core/bounded-map.ts';
import type { TerminatorLimits } from './settings.ts';
import { withTimeout } from './with-timeout.ts';

type EntryLimits = Pick<
  TerminatorLimits,
  'entries' | 'unknownNames' | 'unknownNameMs' | 'lookupMs' | 'waitingHandshakes'
>;

interface Kept {
  readonly entry: FeedEntry;
  /** Changed since; good enough only while the feed does not answer. */
  isStale: boolean;
}

interface Lookup {
  readonly answer: Promise<FeedEntry | undefined>;
  /** For a client that waits: others may share its answer, but not the other way round. */
  readonly isForClient: boolean;
  /** Begun before a change, so that its answer may be older than the change. */
  isOutdated: boolean;
}

export class Entries implements Disposable {
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #limits: EntryLimits;
  readonly #kept: BoundedMap<Name, Kept>;
  /** With the instant until which the name counts as unknown. */
  readonly #unknown: BoundedMap<Name, number>;
  readonly #lookups = new Map<Name, Lookup>();
  #waiting = 0;
  /** Those who wait for a change of the name. */
  readonly #waiters = new Map<Name, Set<() => void>>();
  readonly #stopListening: () => void;

  constructor(feed: Feed, clock: Clock, limits: EntryLimits) {
    this.#feed = feed;
    this.#clock = clock;
    this.#limits = limits;
    this.#kept = new BoundedMap(limits.entries);
    this.#unknown = new BoundedMap(limits.unknownNames);
    this.#stopListening = feed.onChanged((change) => this.#forget(change));
  }

  /**
   * `undefined` when no endpoint wants the name. Concurrent calls for one name ask the feed once.
   *
   * @throws what the feed throws, when nothing is known about the name from before.
   */
  find(name: Name, client?: LookupClient): Promise<FeedEntry | undefined> | FeedEntry | undefined {
    const kept = this.#kept.get(name);
    if (kept?.isStale === false) return kept.entry;
    const unknownUntil = this.#unknown.get(name);
    if (unknownUntil !== undefined && this.#clock.now().getTime() < unknownUntil) return undefined;
    const lookup = this.#lookups.get(name);
    return lookup !== undefined && (lookup.isForClient || client === undefined)
      ? lookup.answer
      : this.#startLookup(name, client).answer;
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }

  /**
   * Like `find`, and waits while a certificate is made, for `ms` at most.
   *
   * @returns an entry that is still pending when the time is over, `signal` aborted, or so many
   * wait that nobody else may.
   */
  async findIssued(
    name: Name,
    client: LookupClient,
    ms: number,
    signal: AbortSignal,
  ): Promise<FeedEntry | undefined> {
    if (this.#waiting >= this.#limits.waitingHandshakes) return this.find(name, client);
    this.#waiting += 1;
    const { promise: isOver, resolve: end } = Promise.withResolvers<'over'>();
    const timer = setTimeout(end, ms, 'over');
    signal.addEventListener('abort', () => end('over'), { once: true });
    if (signal.aborted) end('over');
    try {
      for (;;) {
        // Listened for before it is asked, so that no change is missed.
        const { promise: changed, resolve } = Promise.withResolvers<'changed'>();
        const waiter = (): void => resolve('changed');
        const waiters = this.#waiters.get(name) ?? new Set();
        this.#waiters.set(name, waiters.add(waiter));
        try {
          const entry = await this.find(name, client);
          if (entry?.isPending !== true) return entry;
          if ((await Promise.race([changed, isOver])) === 'over') return entry;
        } finally {
          waiters.delete(waiter);
          if (waiters.size === 0) this.#waiters.delete(name);
        }
      }
    } finally {
      clearTimeout(timer);
      this.#waiting -= 1;
    }
  }

  #startLookup(name: Name, client: LookupClient | undefined): Lookup {
    const lookup: Lookup = {
      answer: this.#ask(name, client, () => lookup),
      isForClient: client !== undefined,
      isOutdated: false,
    };
    this.#lookups.set(name, lookup);
    return lookup;
  }

  async #ask(
    name: Name,
    client: LookupClient | undefined,
    own: () => Lookup,
  ): Promise<FeedEntry | undefined> {
    const feed = this.#feed;
    // Who can be served by what is stale does not wait for a feed that is away.
    const mayWait = this.#kept.get(name) === undefined;
    try {
      const entry = await withTimeout(
        async () => {
          if (mayWait) await feed.ready?.();
          return feed.lookup(name, client);
        },
        this.#limits.lookupMs,
        `looking up ${name} in the feed`,
      );
      if (!own().isOutdated) this.#keep(name, entry);
      return entry;
    } catch (thrown) {
      const stale = this.#kept.get(name);
      if (stale !== undefined) return stale.entry;
      throw thrown;
    } finally {
      if (this.#lookups.get(name) === own()) this.#lookups.delete(name);
    }
  }

  #keep(name: Name, entry: FeedEntry | undefined): void {
    if (entry?.isPending === true) {
      this.#kept.delete(name);
    } else if (entry === undefined) {
      this.#kept.delete(name);
      this.#unknown.set(name, this.#clock.now().getTime() + this.#limits.unknownNameMs);
    } else {
      this.#unknown.delete(name);
      this.#kept.set(name, { entry, isStale: false });
    }
  }

  #forget(change: FeedChange): void {
    if (change === 'everything') {
      this.#unknown.clear();
      for (const kept of this.#kept.values()) kept.isStale = true;
      for (const name of this.#lookups.keys()) this.#outdate(name);
      for (const name of this.#waiters.keys()) this.#wake(name);
      return;
    }
    for (const name of this.#affected(new Set(change.names))) {
      this.#unknown.delete(name);
      const kept = this.#kept.get(name);
      if (kept !== undefined) kept.isStale = true;
      this.#outdate(name);
      this.#wake(name);
    }
  }

  #affected(changed: ReadonlySet<Name>): Iterable<Name> {
    if (![...changed].some(isWildcard)) return changed;
    const known = new Set([
      ...this.#kept.keys(),
      ...this.#unknown.keys(),
      ...this.#lookups.keys(),
      ...this.#waiters.keys(),
    ]);
    return [...known].filter((name) => {
      const wildcard = coveringWildcard(name);
      return changed.has(name) || (wildcard !== undefined && changed.has(wildcard));
    });
  }

  #wake(name: Name): void {
    for (const wake of this.#waiters.get(name) ?? []) wake();
  }

  /** Those who wait get the old answer; who comes from here on asks again. */
  #outdate(name: Name): void {
    const lookup = this.#lookups.get(name);
    if (lookup === undefined) return;
    lookup.isOutdated = true;
    this.#lookups.delete(name);
  }
}
