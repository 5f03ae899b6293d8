/**
 * What certctl counts, for Prometheus.
 *
 * @module
 */
import type { CountedIssuer } from '../issuers/issuer.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import { readBudgetMetrics } from '../lifecycle/metrics/budget-metrics.ts';
import {
  type MetricsSettings,
  readCertificateMetrics,
} from '../lifecycle/metrics/certificate-metrics.ts';
import { storeMetrics } from '../lifecycle/metrics/store-metrics.ts';
import type { Counter } from '../observe/counter.ts';
import { prometheusText } from '../observe/metrics.ts';
import { readProcessMetrics } from '../observe/process-metrics.ts';
import { readTerminatorMetrics } from './terminator-metrics.ts';
import type { WorkersView } from './terminator-status.ts';
import { readVersion } from './version.ts';

export interface MetricsParts extends Pick<LifecycleContext, 'store' | 'clock'> {
  readonly settings: () => MetricsSettings;
  /** The CAs that have an account. */
  readonly countedIssuers: () => Promise<readonly CountedIssuer[]>;
  readonly workers: () => WorkersView | undefined;
  /** Of this process, since its start. */
  readonly counters: readonly Counter[];
}

/** Those who ask at the same moment get the same answer. */
export function createMetricsReader(parts: MetricsParts): () => Promise<{ readonly text: string }> {
  let reading: Promise<{ readonly text: string }> | undefined;
  return () => {
    reading ??= readMetrics(parts).finally(() => (reading = undefined));
    return reading;
  };
}

async function readMetrics(parts: MetricsParts): Promise<{ readonly text: string }> {
  const { store, clock, counters } = parts;
  const now = clock.now();
  const workers = parts.workers();
  const counts = await store.inventory.count({ now });
  const statistics = await store.statistics.read(now);
  const backlog = await store.deliveries.backlog();
  const budgets = { statistics: store.statistics, clock };
  return {
    text: prometheusText([
      ...storeMetrics(statistics, counts, backlog),
      ...(await readBudgetMetrics(budgets, await parts.countedIssuers(), statistics)),
      ...counters.map((counter) => counter.family()),
      ...(await readCertificateMetrics(parts, parts.settings(), counts)),
      ...(workers === undefined ? [] : await readTerminatorMetrics(workers)),
      ...(await readProcessMetrics(readVersion())),
    ]),
  };
}
