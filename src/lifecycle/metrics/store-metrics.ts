/**
 * What the store counts, as metrics: queue, failures, orders, targets, leases.
 *
 * @module
 */
import { SECOND_MS } from '../../core/clock.ts';
import { type MetricFamily, type Sample, metric, timestamp } from '../../observe/metrics.ts';
import type { InventoryCounts } from '../../store/inventory.ts';
import type { Backlog } from '../../store/deliveries.ts';
import type { OrderTotals, StoreStatistics } from '../../store/statistics.ts';

export function storeMetrics(
  statistics: StoreStatistics,
  { byStatus }: Pick<InventoryCounts, 'byStatus'>,
  backlog: readonly Backlog[],
): MetricFamily[] {
  const { queue, leases } = statistics;
  const running = leases.find(({ kind }) => kind === 'certificate')?.held ?? 0;
  return [
    metric(
      'certctl_certificates',
      'gauge',
      'Managed certificates by status.',
      by('status', byStatus),
    ),
    metric(
      'certctl_certificates_expiring',
      'gauge',
      'Certificates that are valid and end within so many days.',
      statistics.expiring.map(({ days, certificates }) => [
        { within_days: String(days) },
        certificates,
      ]),
    ),
    timestamp(
      'certctl_certificates_next_expiry_timestamp_seconds',
      'When the first certificate ends of those that have not ended yet.',
      statistics.nextExpiry,
    ),
    metric(
      'certctl_certificates_failing',
      'gauge',
      'Certificates whose last attempt has failed, by the code of the error.',
      statistics.failing.map(({ code, certificates }) => [{ code }, certificates]),
    ),
    metric(
      'certctl_certificates_failing_since_timestamp_seconds',
      'gauge',
      'Since when the first of them fails, by the code of the last error.',
      statistics.failing.map(({ code, since }) => [{ code }, seconds(since.getTime())]),
    ),
    metric(
      'certctl_queue_certificates',
      'gauge',
      'Certificates that are due, being worked on, waiting for a limit, paused by the CA until a person acts, or parked because their names lead elsewhere.',
      by('state', {
        due: queue.due,
        running,
        waiting: queue.waiting,
        paused: queue.paused,
        parked: queue.parked,
      }),
    ),
    timestamp(
      'certctl_queue_due_since_timestamp_seconds',
      'Since when the certificate is due that has waited the longest.',
      queue.dueSince,
    ),
    timestamp(
      'certctl_queue_next_action_timestamp_seconds',
      'When the next certificate is due for a look.',
      queue.nextActionAt,
    ),
    metric('certctl_orders_unfinished', 'gauge', 'Orders that have not ended.', [
      [{}, queue.unfinishedOrders],
    ]),
    metric(
      'certctl_orders_total',
      'counter',
      'Orders that have ended, since the store was made.',
      statistics.orders.map(({ issuer, outcome, byDuration }) => [
        { issuer, outcome },
        sumOf(byDuration),
      ]),
    ),
    {
      name: 'certctl_order_duration_seconds',
      type: 'histogram',
      help: 'From the begin of an order to its end, waiting for limits and restarts included.',
      samples: statistics.orders.flatMap(durationSamples),
    },
    metric(
      'certctl_renewal_information_certificates',
      'gauge',
      'Certificates for which the CA has named a renewal window, those whose window has begun, and those for which it failed to answer.',
      by('state', {
        known: statistics.renewalInfo.known,
        in_window: statistics.renewalInfo.inWindow,
        failing: statistics.renewalInfo.failing,
      }),
    ),
    metric(
      'certctl_deployments',
      'gauge',
      'Certificates at targets, by whether the last delivery succeeded.',
      statistics.deployments.flatMap(({ target, deployed, failing }): [Labels, number][] => [
        [{ target, state: 'deployed' }, deployed],
        [{ target, state: 'failing' }, failing],
      ]),
    ),
    metric(
      'certctl_event_deliveries',
      'gauge',
      'Events that wait to be delivered, and those that were given up.',
      backlog.flatMap(({ subscription, waiting, dead }): [Labels, number][] => [
        [{ subscription, state: 'waiting' }, waiting],
        [{ subscription, state: 'dead' }, dead],
      ]),
    ),
    metric(
      'certctl_leases_held',
      'gauge',
      'Leases that a process holds, by what they are for.',
      leases.map(({ kind, held }) => [{ kind }, held]),
    ),
    metric('certctl_store_size_bytes', 'gauge', 'Size of the database.', [
      [{}, statistics.size.bytes],
    ]),
    metric('certctl_store_free_bytes', 'gauge', 'Of it, what is free to be used again.', [
      [{}, statistics.size.freeBytes],
    ]),
  ];
}

type Labels = Readonly<Record<string, string>>;

function by(label: string, values: Readonly<Record<string, number>>): [Labels, number][] {
  return Object.entries(values).map(([value, count]) => [{ [label]: value }, count]);
}

function sumOf(parts: readonly { readonly orders: number }[]): number {
  return parts.reduce((sum, { orders }) => sum + orders, 0);
}

function durationSamples({ issuer, outcome, byDuration, milliseconds }: OrderTotals): Sample[] {
  const labels = { issuer, outcome };
  let count = 0;
  const buckets = byDuration.map(({ mostMs, orders }): Sample => {
    count += orders;
    const le = mostMs === undefined ? '+Inf' : String(seconds(mostMs));
    return { suffix: '_bucket', labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels, value: seconds(milliseconds) },
    { suffix: '_count', labels, value: count },
  ];
}

function seconds(milliseconds: number): number {
  return milliseconds / SECOND_MS;
}
