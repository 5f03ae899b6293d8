/**
 * Counts as metric families, and those in Prometheus' text format.
 *
 * @module
 */
import { BUCKETS_MS, FAMILIES, type Family, type FamilyName, read } from './counts.ts';

export interface Sample {
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Names as Prometheus wants them: the unit at the end, `_total` for what only grows. */
const METRIC_NAMES: Readonly<Record<FamilyName, string>> = {
  open: 'certctl_open_connections',
  connections: 'certctl_connections_total',
  bytes: 'certctl_bytes_total',
  handshakes: 'certctl_handshakes_total',
  groups: 'certctl_handshake_groups_total',
  protocols: 'certctl_handshake_protocols_total',
  sessions: 'certctl_handshake_sessions_total',
  refused: 'certctl_refused_total',
  requests: 'certctl_requests_total',
  lookups: 'certctl_lookups_total',
  contexts: 'certctl_contexts_total',
  handshakeTime: 'certctl_handshake_seconds',
  requestTime: 'certctl_request_seconds',
  lookupTime: 'certctl_lookup_seconds',
};

/** One row an endpoint; the key is what the label `endpoint` says. */
export function metricFamilies(
  rows: Iterable<readonly [endpoint: string, row: ArrayLike<number>]>,
): MetricFamily[] {
  const all = [...rows];
  return (Object.keys(FAMILIES) as FamilyName[]).map((key) => {
    const { kind, help }: Family = FAMILIES[key];
    const samples = all.flatMap(([endpoint, row]) => samplesOf(key, endpoint, row));
    return { name: METRIC_NAMES[key], type: kind, help, samples };
  });
}

function samplesOf(key: FamilyName, endpoint: string, row: ArrayLike<number>): Sample[] {
  const reading = read(row, key);
  const labels = { endpoint };
  if ('value' in reading) return [{ labels, value: reading.value }];
  if ('values' in reading) {
    const { label = '' } = FAMILIES[key] as { readonly label?: string };
    return Object.entries(reading.values).map(([value, count]) => ({
      labels: { ...labels, [label]: value },
      value: count,
    }));
  }
  const { buckets, count, sumMs } = reading;
  // A series for each bucket of each endpoint that never had one would be the bulk of the page.
  if (count === 0) return [];
  const bounds = [...BUCKETS_MS.map((bound) => String(bound / MS_IN_SECOND)), '+Inf'];
  return [
    ...buckets.map((value, index): Sample => ({
      suffix: '_bucket',
      labels: { ...labels, le: bounds[index] ?? '' },
      value,
    })),
    { suffix: '_sum', labels, value: sumMs / MS_IN_SECOND },
    { suffix: '_count', labels, value: count },
  ];
}

const MS_IN_SECOND = 1_000;

/** One sample for each of the pairs. */
export function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[],
): MetricFamily {
  return { name, type, help, samples: samples.map(([labels, value]) => ({ labels, value })) };
}

/** Without a sample when there is no such instant. */
export function timestamp(name: string, help: string, at: Date | undefined): MetricFamily {
  return metric(name, 'gauge', help, at === undefined ? [] : [[{}, at.getTime() / MS_IN_SECOND]]);
}

/** Version 0.0.4 of the text format. Families without samples are named, too. */
export function prometheusText(families: readonly MetricFamily[]): string {
  const lines = families.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(
      ({ suffix = '', labels, value }) => `${name}${suffix}${labelsText(labels)} ${value}`,
    ),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
