/**
 * The contract of the store's events: the log itself, and what subscriptions still have to get.
 *
 * The events of a change are written with it, in one transaction; see `certificate-changes.ts` for
 * which changes make which events.
 *
 * @module
 */
import type { EventType } from '../observe/events/catalogue.ts';
import type { NewEvent, StoredEvent } from '../observe/events/event.ts';

export interface EventTable {
  /** For what no other record holds. Events whose `once` is taken are left out. */
  append(events: readonly NewEvent[]): Promise<void>;
  find(id: string): Promise<StoredEvent | undefined>;
  /** The oldest first. */
  after(position: number, limit: number): Promise<StoredEvent[]>;
  /** The newest first. */
  newest(filter: EventFilter): Promise<StoredEvent[]>;
  /** 0 before the first event. */
  lastPosition(): Promise<number>;
  /** Removes some of those from before `until`, with their deliveries; returns how many, 0 at the end. */
  prune(until: Date): Promise<number>;
}

export interface EventFilter {
  readonly limit: number;
  readonly certificateId?: string | undefined;
  readonly types?: readonly EventType[] | undefined;
  /** Only those that came before this position. */
  readonly before?: number | undefined;
}
