/**
 * What certctl counts, for Prometheus: the terminator's traffic, and certificates by status.
 *
 * @module
 */
import type { LifecycleContext } from '../lifecycle/context.ts';
import { type MetricFamily, metricFamilies, prometheusText } from '../observe/metrics.ts';
import { sumReports } from '../terminator/report.ts';
import type { WorkersView } from './terminator-status.ts';

export async function readMetrics(
  { store, clock }: Pick<LifecycleContext, 'store' | 'clock'>,
  workers: WorkersView | undefined,
): Promise<{ readonly text: string }> {
  const { byStatus } = await store.inventory.count({ now: clock.now() });
  const certificates: MetricFamily = {
    name: 'certctl_certificates',
    type: 'gauge',
    help: 'Managed certificates by status.',
    samples: Object.entries(byStatus).map(([status, value]) => ({ labels: { status }, value })),
  };
  const traffic =
    workers === undefined
      ? []
      : metricFamilies(sumReports([workers.former, ...(await workers.reports())]).rows);
  return { text: prometheusText([certificates, ...traffic]) };
}
