/**
 * The contract of the store's events: the log itself, and what subscriptions still have to get.
 *
 * The events of a change are written with it, in one transaction; see `certificate-changes.ts` for
 * which changes make which events.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { EventType } from '../observe/events/catalogue.ts';
import type { NewEvent, StoredEvent } from '../observe/events/event.ts';
import type { Within } from './inventory.ts';

export interface EventTable {
  /** For what no other record holds. Events whose `once` is taken are left out. */
  append(events: readonly NewEvent[]): Promise<void>;
  find(id: string): Promise<StoredEvent | undefined>;
  /** The oldest first. */
  after(position: number, limit: number): Promise<StoredEvent[]>;
  /** Of those that fit, so many as a bounded look finds. */
  page(filter: EventFilter): Promise<EventPage>;
  /** 0 before the first event. */
  lastPosition(): Promise<number>;
  /** Removes some of those from before `until`, with their deliveries; returns how many, 0 at the end. */
  prune(until: Date): Promise<number>;
}

export interface EventFilter {
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  readonly certificateId?: string | undefined;
  readonly types?: readonly EventType[] | undefined;
  /** They name it, or a wildcard that covers it. */
  readonly name?: Name | undefined;
  /** All names of the event are among these; it has at least one. */
  readonly within?: Within | undefined;
  readonly since?: Date | undefined;
  /** Not those of this instant. */
  readonly until?: Date | undefined;
  /** The id of an event: only what lies beyond it in this order, be it there by now or not. */
  readonly from?: string | undefined;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /**
   * The last event that was looked at, for the page after this one; there may be less events than
   * the limit before it. Of the newest it is absent at the end; of the oldest more may always come.
   */
  readonly end?: string;
}
