/**
 * What the terminator counts, as metrics.
 *
 * @module
 */
import { type MetricFamily, metric, metricFamilies } from '../observe/metrics.ts';
import { sumReports } from '../terminator/report.ts';
import { mergeUpstreams, type WorkersView } from './terminator-status.ts';

export async function readTerminatorMetrics(workers: WorkersView): Promise<MetricFamily[]> {
  const reports = await workers.reports();
  const { rows, counters } = sumReports([workers.former, ...reports]);
  const upstreams = mergeUpstreams(reports);
  const draining = reports.filter(({ isDraining }) => isDraining).length;
  return [
    ...metricFamilies(rows),
    metric('certctl_workers', 'gauge', 'Terminator processes.', [
      [{ state: 'serving' }, reports.length - draining],
      [{ state: 'draining' }, draining],
    ]),
    metric(
      'certctl_upstream_up',
      'gauge',
      'Whether every worker finds the upstream well: 0 where one cannot connect to it, or its checks fail.',
      upstreams.map(({ upstream, state }) => [{ upstream }, state === 'up' ? 1 : 0]),
    ),
    metric(
      'certctl_upstream_open',
      'gauge',
      'Connections and requests that an upstream has.',
      upstreams.map(({ upstream, open }) => [{ upstream }, open]),
    ),
    metric(
      'certctl_acme_answers_total',
      'counter',
      'Validations by a CA that were answered in TLS.',
      [[{}, counters.acmeAnswers]],
    ),
    metric(
      'certctl_access_log_lost_lines_total',
      'counter',
      'Lines of the access log that could not be written.',
      [[{}, counters.lostLines]],
    ),
  ];
}
