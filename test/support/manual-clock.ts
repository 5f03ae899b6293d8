/**
 * A clock that stands still until a test moves it: sleeps end when their time has come.
 *
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, after } from '../../src/core/clock.ts';

export interface ManualClock extends Clock {
  /** How long each sleep was meant to take, ended ones included. */
  readonly sleeps: readonly number[];
  /** Ends the sleeps that are over by then, and gives their sleepers time to go on. */
  advance(milliseconds: number): Promise<void>;
  /** Sets the time of day, ahead or back: sleeps take as long as they were meant to. */
  set(milliseconds: number): void;
  /** Resolves when nothing but sleeping has been left to do for a while. */
  settle(): Promise<void>;
}

interface Sleeper {
  until: Date;
  readonly wake: () => void;
}

/** Turns of the event loop in which a task that does not wait for the clock makes progress. */
const QUIET_TURNS = 20;

export function createManualClock(start = '2026-01-01T00:00:00Z'): ManualClock {
  let now = new Date(start);
  const sleeps: number[] = [];
  const sleepers = new Set<Sleeper>();

  async function settle(): Promise<void> {
    for (let count = 0; count < QUIET_TURNS; count += 1) await turn();
  }

  return {
    sleeps,
    settle,
    now: () => now,
    set(milliseconds) {
      now = after(now, milliseconds);
      for (const sleeper of sleepers) sleeper.until = after(sleeper.until, milliseconds);
    },
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { until: after(now, milliseconds), wake: resolve };
      const abort = (): void => reject(signal?.reason as Error);
      sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await promise;
      } finally {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      }
    },
    async advance(milliseconds) {
      await settle();
      now = after(now, milliseconds);
      for (const { until, wake } of sleepers) if (until <= now) wake();
      await settle();
    },
  };
}
