/**
 * What the control process tells of itself, by the names that Prometheus' own libraries give it.
 *
 * @module
 */
import { readdir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { type MetricFamily, metric, timestamp } from './metrics.ts';

const MILLISECONDS = 1e3;
const MICROSECONDS = 1e6;

export async function readProcessMetrics(version: string): Promise<MetricFamily[]> {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const { active, idle } = performance.eventLoopUtilization();
  const startedAt = new Date(performance.timeOrigin);
  // Absent where the system has no such list.
  const openFiles = await readdir('/proc/self/fd').catch(() => undefined);
  const { node, openssl } = process.versions;
  return [
    metric('certctl_build_info', 'gauge', 'What runs; always 1.', [
      [{ version, node, openssl }, 1],
    ]),
    timestamp('process_start_time_seconds', 'When the control process started.', startedAt),
    one(
      'process_cpu_seconds_total',
      'counter',
      'Processor time of the control process.',
      (user + system) / MICROSECONDS,
    ),
    one('process_resident_memory_bytes', 'gauge', 'Memory of the control process.', rss),
    one('process_open_fds', 'gauge', 'Files and sockets that it has open.', openFiles?.length),
    one('nodejs_heap_size_used_bytes', 'gauge', 'Used memory of its heap.', heapUsed),
    one('nodejs_heap_size_total_bytes', 'gauge', 'Size of its heap.', heapTotal),
    one(
      'nodejs_eventloop_active_seconds_total',
      'counter',
      'How long its event loop was busy.',
      active / MILLISECONDS,
    ),
    one(
      'nodejs_eventloop_idle_seconds_total',
      'counter',
      'How long its event loop had nothing to do.',
      idle / MILLISECONDS,
    ),
  ];
}

function one(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: number | undefined,
): MetricFamily {
  return metric(name, type, help, value === undefined ? [] : [[{}, value]]);
}
