/**
 * The contract of notifiers: how one event, or several at once, get to a receiver.
 *
 * @module
 */
import type { EventView } from '../observe/events/event.ts';

export interface Notifier {
  /**
   * Resolves when the receiver has taken the event. The same event may come again, with the same id.
   * @throws `delivery/failed`, with `retryAt` where the receiver named it; `delivery/refused`.
   */
  send(event: EventView, signal: AbortSignal): Promise<void>;
}

/** Tells of several events at once. */
export interface DigestNotifier {
  readonly digest: {
    /** From the first event on, others are waited for so long. */
    readonly afterMs: number;
    readonly most: number;
  };
  /** In their order. As `send`: all of them were taken, or none. */
  sendAll(events: readonly EventView[], signal: AbortSignal): Promise<void>;
}
