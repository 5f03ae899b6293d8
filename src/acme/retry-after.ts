/**
 * The `Retry-After` header: seconds or an HTTP date (RFC 9110 §10.2.3).
 *
 * @module
 */
import { after, DAY_MS, SECOND_MS } from '../core/clock.ts';

/** Nobody waits longer on a server's word alone. */
export const LONGEST_RETRY_AFTER_MS = 30 * DAY_MS;

/** Servers answer in either form, some in both by turns; anything else counts as no header. */
export function parseRetryAfter(header: string | undefined, now: Date): Date | undefined {
  const text = header?.trim() ?? '';
  const milliseconds = /^\d{1,15}$/.test(text) ? Number(text) * SECOND_MS : untilDate(text, now);
  if (milliseconds === undefined) return undefined;
  return after(now, Math.min(Math.max(milliseconds, 0), LONGEST_RETRY_AFTER_MS));
}

function untilDate(text: string, now: Date): number | undefined {
  // Date.parse takes much more than the three HTTP date forms, which all begin with a weekday.
  if (!/^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i.test(text)) return undefined;
  const instant = Date.parse(/(?:GMT|UTC|[+-]\d{4})$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(instant) ? undefined : instant - now.getTime();
}
