/**
 * What this process counts itself, by a few labels.
 *
 * @module
 */
import { type MetricFamily, metric } from './metrics.ts';

export interface Counter {
  /** The labels' values are from the configuration or of our own making: never from a client. */
  add(labels: Readonly<Record<string, string>>): void;
  family(): MetricFamily;
}

/** Begins with 0 when the process starts, as Prometheus expects of counters. */
export function createCounter(name: string, help: string): Counter {
  const counts = new Map<string, { labels: Readonly<Record<string, string>>; count: number }>();
  return {
    add(labels) {
      const key = JSON.stringify(labels);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { labels, count: 1 });
      else known.count += 1;
    },
    family: () =>
      metric(
        name,
        'counter',
        help,
        [...counts.values()].map(({ labels, count }) => [labels, count]),
      ),
  };
}
