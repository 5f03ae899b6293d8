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

const ISO_INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** What certctl says in a fragment, as a sentence; instants in it as those of this browser's zone. */
export function sentence(text: string): string {
  const local = text.replaceAll(ISO_INSTANT, (instant) => instantText(instant));
  const ended = /[.:!?]$/.test(local) ? local : `${local}.`;
  // A name stays as it is.
  const isWord = /^[a-z]+(?=[\s,;:.]|$)(?!\.\S)/.test(ended);
  return isWord ? capitalized(ended) : ended;
}

/** `createToken` → `Create token`, `renewal_failed` → `Renewal failed`. */
export function wordsOf(identifier: string): string {
  const words = identifier.replaceAll(/[._]/g, ' ').replaceAll(/[A-Z]/g, (letter) => ` ${letter}`);
  return capitalized(words.toLowerCase());
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
