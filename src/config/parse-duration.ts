/**
 * Durations as people write them: `500ms`, `10s`, `5m`, `1h`, `7d`.
 *
 * @module
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/clock.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

/** Timers overflow above this and fire at once. */
const LONGEST_MS = 2 ** 31 - 1;
const LONGEST_SPAN_MS = 3_650 * DAY_MS;

/** Milliseconds, or `undefined` when the text is no duration that a timer can keep. */
export function parseDuration(text: string): number | undefined {
  return parse(text, LONGEST_MS);
}

/** The same for what no timer has to keep: ten years at most. */
export function parseSpan(text: string): number | undefined {
  return parse(text, LONGEST_SPAN_MS);
}

function parse(text: string, longest: number): number | undefined {
  const [, count, unit] = /^(\d{1,10})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const milliseconds = Number(count) * (UNITS[unit] ?? Number.NaN);
  return milliseconds <= longest ? milliseconds : undefined;
}

/** In the largest unit that divides it, so that `parseDuration` reads the same again. */
export function formatDuration(milliseconds: number): string {
  const fitting = Object.entries(UNITS).filter(([, size]) => milliseconds % size === 0);
  const [unit, size] = fitting.at(-1) ?? ['ms', 1];
  return milliseconds === 0 ? '0s' : `${milliseconds / size}${unit}`;
}
