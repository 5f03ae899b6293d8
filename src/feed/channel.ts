/**
 * A two-way stream of JSON messages, as the adapters that cross processes need it.
 *
 * @module
 */

export interface Channel {
  /** Delivered in order, or dropped when the channel is closed. Never throws. */
  send(message: unknown): void;
  /** Calls `listener` for every message; returns how to stop. */
  onMessage(listener: (message: unknown) => void): () => void;
  /** Calls `listener` once when the other end is gone, at once when it is gone already. */
  onClose(listener: () => void): () => void;
}
