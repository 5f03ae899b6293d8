/**
 * Spans that wait to be taken on, in bounded number.
 *
 * @module
 */
import type { SpanRecord } from './span.ts';

export const MOST_WAITING_SPANS = 2_000;

export class SpanBuffer {
  #spans: SpanRecord[] = [];

  /** What finds no room is lost: nobody waits for those who watch. */
  readonly add = (span: SpanRecord): void => {
    if (this.#spans.length < MOST_WAITING_SPANS) this.#spans.push(span);
  };

  /** All since the last time. */
  take(): SpanRecord[] {
    if (this.#spans.length === 0) return [];
    const taken = this.#spans;
    this.#spans = [];
    return taken;
  }
}
