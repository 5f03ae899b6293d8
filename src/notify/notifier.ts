/**
 * The contract of notifiers: how one event gets to a receiver.
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
