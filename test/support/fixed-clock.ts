/**
 * A clock that stands still, for signatures that hold a time; sleeping takes its time.
 *
 * @module
 */
import { type Clock, systemClock } from '../../src/core/clock.ts';

export function fixedClock(instant: string): Clock {
  return {
    now: () => new Date(instant),
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds, signal),
  };
}
