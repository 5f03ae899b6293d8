/**
 * A clock on which sleeping is instant: each sleep moves the time on and is written down.
 *
 * @module
 */
import { after, type Clock } from '../../src/core/clock.ts';

export interface SteppingClock extends Clock {
  /** The length of each sleep so far, in milliseconds. */
  readonly sleeps: readonly number[];
  advance(milliseconds: number): void;
}

export function createSteppingClock(start = '2026-01-01T00:00:00Z'): SteppingClock {
  let now = new Date(start);
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    advance: (milliseconds) => {
      now = after(now, milliseconds);
    },
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      now = after(now, milliseconds);
    },
  };
}
