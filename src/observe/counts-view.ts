/**
 * A row of counts as the API shows it: what is zero is left out.
 *
 * @module
 */
import { BUCKETS_MS, FAMILIES, type FamilyName, read } from './counts.ts';

export interface DurationsView {
  readonly count: number;
  readonly meanMs: number;
  /** Upper bounds of the buckets in which the median and 99 of 100 are; absent beyond the last. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

export type CountsView = Readonly<
  Partial<Record<FamilyName, number | Readonly<Record<string, number>> | DurationsView>>
>;

export function viewCounts(row: ArrayLike<number>): CountsView {
  const view: [FamilyName, number | Record<string, number> | DurationsView][] = [];
  for (const name of Object.keys(FAMILIES) as FamilyName[]) {
    const reading = read(row, name);
    if ('value' in reading) {
      view.push([name, reading.value]);
    } else if ('values' in reading) {
      const counted = Object.entries(reading.values).filter(([, value]) => value > 0);
      if (counted.length > 0) view.push([name, Object.fromEntries(counted)]);
    } else if (reading.count > 0) {
      view.push([name, viewDurations(reading)]);
    }
  }
  return Object.fromEntries(view);
}

function viewDurations({
  buckets,
  count,
  sumMs,
}: {
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sumMs: number;
}): DurationsView {
  const boundOf = (part: number): number | undefined =>
    BUCKETS_MS[buckets.findIndex((up) => up >= part * count)];
  const [p50Ms, p99Ms] = [boundOf(0.5), boundOf(0.99)];
  return {
    count,
    meanMs: Math.round((sumMs / count) * 1_000) / 1_000,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}
