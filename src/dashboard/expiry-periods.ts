/**
 * How many certificates expire when, in the steps of a picture.
 *
 * @module
 */
import type { Counts } from './answers.ts';
import { DAY_MS } from './format.ts';

export interface ExpiryPeriod {
  /** `YYYY-MM-DD`, UTC as the API counts. */
  readonly from: string;
  /** Exclusive. */
  readonly until: string;
  readonly days: number;
  readonly certificates: number;
}

const MOST_STEPS = 90;
const LEAST_TOP = 4;
const STEPS = [1, 1.2, 1.6, 2, 4, 6, 8, 10];

export const RANGES = [30, 90, 180, 400] as const;

/** From the day of `now` on; steps of a day, or of as many as are needed to see them. */
export function expiryPeriods(
  byExpiry: Counts['byExpiry'],
  now: Date,
  days: number,
): ExpiryPeriod[] {
  const begin = Math.floor(now.getTime() / DAY_MS);
  const step = Math.ceil(days / MOST_STEPS);
  const steps = Math.ceil(days / step);
  const sums = Array.from({ length: steps }, () => 0);
  for (const { day, certificates } of byExpiry) {
    const index = Math.floor((Date.parse(day) / DAY_MS - begin) / step);
    if (index >= 0 && index < steps) sums[index] = (sums[index] ?? 0) + certificates;
  }
  return sums.map((certificates, index) => ({
    from: dayOf(begin + index * step),
    until: dayOf(begin + (index + 1) * step),
    days: index * step,
    certificates,
  }));
}

/** How many expire within the next days, the day of `now` included. */
export function expiringWithin(byExpiry: Counts['byExpiry'], now: Date, days: number): number {
  return expiryPeriods(byExpiry, now, days).reduce(
    (sum, { certificates }) => sum + certificates,
    0,
  );
}

export function dayAfter(now: Date, days: number): string {
  return dayOf(Math.floor(now.getTime() / DAY_MS) + days);
}

/** A round number that is not less, for the top of a scale; half of it is round, too. */
export function scaleTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  const step = STEPS.find((each) => each * power >= most) ?? 10;
  return Math.max(step * power, LEAST_TOP);
}

function dayOf(dayNumber: number): string {
  return new Date(dayNumber * DAY_MS).toISOString().slice(0, 10);
}
