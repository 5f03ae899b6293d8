/**
 * The contract of the outbox: what each subscription has still to be given, and what was given up.
 *
 * @module
 */
import type { NewEvent, StoredEvent } from '../observe/events/event.ts';

export interface DeliveryTable {
  /** Makes these subscriptions known: a new one begins with what happens from now on. */
  subscribe(names: readonly string[], now: Date): Promise<void>;
  /**
   * Goes through at most `limit` events that the subscription has not seen; those that it wants wait
   * for their delivery from then on. Returns how many it went through.
   */
  takeUp(
    subscription: string,
    isWanted: (event: StoredEvent) => boolean,
    limit: number,
    now: Date,
  ): Promise<number>;
  /** Of each sequence the first that waits, if its time has come; the oldest first. */
  due(subscription: string, now: Date, limit: number): Promise<Delivery[]>;
  /**
   * All that waits, the oldest first, if the time of the first has come and it was taken up before
   * `takenUntil`; nothing otherwise.
   */
  dueTogether(
    subscription: string,
    now: Date,
    takenUntil: Date,
    limit: number,
  ): Promise<Delivery[]>;
  /** The receiver has them. */
  confirm(deliveries: readonly DeliveryKey[]): Promise<void>;
  postpone(failed: readonly FailedAttempt[], error: string): Promise<void>;
  /** Gives it up, with the event that tells so; those behind it are free. */
  bury(
    delivery: DeliveryKey,
    end: { readonly attempts: number; readonly at: Date; readonly error: string },
    event?: NewEvent,
  ): Promise<void>;
  /** What was given up, the newest first. */
  dead(filter: DeadFilter): Promise<Delivery[]>;
  /** Lets what was given up be tried again at once; returns how many. */
  replay(
    choice: { readonly subscription?: string | undefined; readonly eventId?: string | undefined },
    now: Date,
  ): Promise<number>;
  backlog(): Promise<readonly Backlog[]>;
}

export interface DeadFilter {
  readonly limit: number;
  readonly subscription?: string | undefined;
  /** The last one of the page before; it need not be there any more. */
  readonly after?: DeadPlace | undefined;
}

/** Where one is in the list of what was given up. */
export interface DeadPlace {
  readonly deadAt: Date;
  readonly eventId: string;
  readonly subscription: string;
}

export interface DeliveryKey {
  readonly subscription: string;
  readonly event: Pick<StoredEvent, 'position'>;
}

export interface FailedAttempt {
  readonly delivery: DeliveryKey;
  /** With this one. */
  readonly attempts: number;
  readonly nextAt: Date;
}

export interface Delivery extends DeliveryKey {
  readonly event: StoredEvent;
  readonly sequence: string;
  readonly attempts: number;
  readonly takenAt: Date;
  /** Of the last attempt. */
  readonly error?: string;
  readonly deadAt?: Date;
}

export interface Backlog {
  readonly subscription: string;
  readonly waiting: number;
  readonly dead: number;
}

/** What has to arrive one after the other: the events of a certificate, or of one type. */
export function sequenceOf({ certificateId, type }: StoredEvent): string {
  return certificateId ?? type;
}
