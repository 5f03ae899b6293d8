/**
 * Spreads requests over time, so that a CA's load balancer need not refuse them.
 *
 * One throttle serves all clients of a CA in this process. Processes do not share it: beside a
 * daemon there is none that works for long, and what several send at once costs a 503 at most.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import { type BucketLimit, tokenInterval } from '../core/token-bucket.ts';

/** Resolves when one request may be sent; in the order of the calls. */
export type Throttle = (signal?: AbortSignal) => Promise<void>;

export function createThrottle(limit: BucketLimit, clock: Clock): Throttle {
  const interval = tokenInterval(limit);
  let fullAt = 0;
  let last = 0;
  return async (signal) => {
    const now = clock.now().getTime();
    // A clock that was set back must not make everybody wait for it.
    const full = now < last ? now : Math.max(fullAt, now);
    last = now;
    // Who has to wait takes a token of the future.
    fullAt = full + interval;
    const waitMs = full - interval * (limit.count - 1) - now;
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  };
}
