/**
 * Instants as people say them.
 *
 * @module
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/clock.ts';

/** `in 29 d`, `3 h ago`: the largest unit that fits at least once. */
export function relativeTime(instant: string, now: Date): string {
  const distance = new Date(instant).getTime() - now.getTime();
  const text = spanText(Math.abs(distance));
  return distance >= 0 ? `in ${text}` : `${text} ago`;
}

function spanText(milliseconds: number): string {
  if (milliseconds >= 2 * DAY_MS) return `${Math.round(milliseconds / DAY_MS)} d`;
  if (milliseconds >= 2 * HOUR_MS) return `${Math.round(milliseconds / HOUR_MS)} h`;
  return `${Math.round(milliseconds / MINUTE_MS)} min`;
}
