/**
 * The feed behind a bounded memory: what was looked up once is known until the feed says otherwise.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { coveringWildcard, isWildcard, type Name } from '../core/names.ts';
import type { Feed, FeedChange, FeedEntry } from '../feed/feed.ts';
import { BoundedMap } from './bounded-map.ts';
import type { TerminatorLimits } from './settings.ts';
import { withTimeout } from './with-timeout.ts';

type EntryLimits = Pick<
  TerminatorLimits,
  'entries' | 'unknownNames' | 'unknownNameMs' | 'lookupMs'
>;

interface Kept {
  readonly entry: FeedEntry;
  /** Changed since; good enough only while the feed does not answer. */
  isStale: boolean;
}

interface Lookup {
  readonly answer: Promise<FeedEntry | undefined>;
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
  find(name: Name): Promise<FeedEntry | undefined> | FeedEntry | undefined {
    const kept = this.#kept.get(name);
    if (kept?.isStale === false) return kept.entry;
    const unknownUntil = this.#unknown.get(name);
    if (unknownUntil !== undefined && this.#clock.now().getTime() < unknownUntil) return undefined;
    return (this.#lookups.get(name) ?? this.#startLookup(name)).answer;
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }

  #startLookup(name: Name): Lookup {
    const lookup: Lookup = { answer: this.#ask(name, () => lookup), isOutdated: false };
    this.#lookups.set(name, lookup);
    return lookup;
  }

  async #ask(name: Name, own: () => Lookup): Promise<FeedEntry | undefined> {
    try {
      const entry = await withTimeout(
        () => this.#feed.lookup(name),
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
    if (entry === undefined) {
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
      return;
    }
    for (const name of this.#affected(new Set(change.names))) {
      this.#unknown.delete(name);
      const kept = this.#kept.get(name);
      if (kept !== undefined) kept.isStale = true;
      this.#outdate(name);
    }
  }

  #affected(changed: ReadonlySet<Name>): Iterable<Name> {
    if (![...changed].some(isWildcard)) return changed;
    const known = new Set([...this.#kept.keys(), ...this.#unknown.keys(), ...this.#lookups.keys()]);
    return [...known].filter((name) => {
      const wildcard = coveringWildcard(name);
      return changed.has(name) || (wildcard !== undefined && changed.has(wildcard));
    });
  }

  /** Those who wait get the old answer; who comes from here on asks again. */
  #outdate(name: Name): void {
    const lookup = this.#lookups.get(name);
    if (lookup === undefined) return;
    lookup.isOutdated = true;
    this.#lookups.delete(name);
  }
}
