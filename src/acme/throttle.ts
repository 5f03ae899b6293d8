/**
 * Spreads requests over time, so that a CA's load balancer need not refuse them.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { abortable } from './abortable.ts';

/** Resolves when one request may be sent; in the order of the calls. */
export type Throttle = (signal?: AbortSignal) => Promise<void>;

/** Takes leave for one request, or tells when to ask again. */
export type TakeLeave = (now: Date) => Promise<Date | undefined>;

/** One throttle serves all clients of a CA in this process; `takeLeave` is what processes share. */
export function createThrottle(takeLeave: TakeLeave, clock: Clock): Throttle {
  let turn = Promise.resolve();

  async function waitForLeave(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted();
      const now = clock.now();
      const retryAt = await takeLeave(now);
      if (retryAt === undefined) return;
      await clock.sleep(retryAt.getTime() - now.getTime(), signal);
    }
  }

  return (signal) => {
    const leave = turn.then(() => waitForLeave(signal));
    // Whoever gives up, or fails, does not stand in the way of the next.
    turn = leave.catch(() => undefined);
    return abortable(leave, signal);
  };
}
