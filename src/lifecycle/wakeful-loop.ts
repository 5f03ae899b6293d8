/**
 * Does what is due, sleeps until something else is, and can be woken.
 *
 * @module
 */
import { type Clock, SECOND_MS } from '../core/clock.ts';
import type { Log } from '../observe/log.ts';

export interface WakefulLoopOptions {
  /** What is logged of a failure, which does not end the loop. */
  readonly failure: string;
  /** Does what is due, or begins it. */
  readonly takeUp: (signal: AbortSignal) => Promise<void>;
  /** How long to sleep, in milliseconds. */
  readonly untilNext: () => Promise<number>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface WakefulLoop {
  /** Looks at once: something changed. */
  wake(): void;
  /** Aborts what is under way, and waits for its end. */
  stop(): Promise<void>;
}

const PAUSE_AFTER_FAILURE_MS = SECOND_MS;

export function startWakefulLoop(options: WakefulLoopOptions): WakefulLoop {
  const { clock, log } = options;
  const stopping = new AbortController();
  let alarm = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const ring = alarm.signal;
      try {
        await options.takeUp(stopping.signal);
        await clock.sleep(await options.untilNext(), AbortSignal.any([ring, stopping.signal]));
      } catch (thrown) {
        if (!ring.aborted && !stopping.signal.aborted) {
          log.error({ err: thrown }, options.failure);
          await clock.sleep(PAUSE_AFTER_FAILURE_MS, stopping.signal).catch(() => undefined);
        }
      }
      if (ring.aborted) alarm = new AbortController();
    }
  }

  const running = run();
  return {
    wake: () => alarm.abort(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
