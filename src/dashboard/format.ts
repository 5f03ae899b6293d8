/**
 * Instants, durations and amounts in words.
 *
 * @module
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const DAY_MS = DAY;

const UNITS = [
  { unit: 'day', ms: DAY, until: Number.POSITIVE_INFINITY },
  { unit: 'hour', ms: HOUR, until: 48 * HOUR },
  { unit: 'minute', ms: MINUTE, until: 90 * MINUTE },
] as const;

const two = (value: number): string => String(value).padStart(2, '0');

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });
const amounts = new Intl.NumberFormat('en');

/** `in 34 days`, `2 hours ago`, `now`. */
export function relativeText(instant: string | Date, now: Date): string {
  const away = new Date(instant).getTime() - now.getTime();
  const size = Math.abs(away);
  if (size < MINUTE) return 'now';
  const { unit, ms } = UNITS.findLast(({ until }) => size < until) ?? UNITS[0];
  // Towards zero: what ends in 47.9 hours does not last two days.
  return relative.format(Math.trunc(away / ms), unit);
}

/** `2026-11-22 14:05`, of this browser's time zone. */
export function instantText(instant: string | Date): string {
  const date = new Date(instant);
  return `${dayText(date)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function dayText(instant: string | Date): string {
  const date = new Date(instant);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `14:05:09`. */
export function clockText(instant: string): string {
  return new Date(instant).toTimeString().slice(0, 8);
}

export function amountText(amount: number): string {
  return amounts.format(amount);
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let index = 0;
  while (value >= 999.5 && index < units.length - 1) {
    value /= 1_000;
    index += 1;
  }
  return `${index === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[index]}`;
}

/** `1 certificate`, `3 certificates`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${amountText(count)} ${count === 1 ? one : many}`;
}

/** The first letter as a sentence has it. */
export function sentence(text: string): string {
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}
