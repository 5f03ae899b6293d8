/**
 * The terminator's counts as rows: endpoints of the configuration, and what else was counted.
 *
 * @module
 */
import type { Endpoint, Status } from './answers.ts';

export type Counted = NonNullable<Status['terminator']>['endpoints'][number];
export type EndpointCounts = Counted['counts'];

export interface TrafficRow {
  /** As it is counted. */
  readonly host: string;
  readonly title: string;
  readonly protocol: string;
  readonly upstreams: readonly string[];
  readonly counts: EndpointCounts;
}

/** The busiest first, then those that nobody came to. */
export function trafficRows(
  counted: readonly Counted[],
  endpoints: readonly Endpoint[],
): TrafficRow[] {
  const known = new Map(endpoints.map((endpoint) => [endpoint.host, endpoint]));
  const rows = counted.map(({ endpoint: host, protocol, counts }) => ({
    host,
    title: host === '' ? 'No endpoint' : host,
    protocol: protocol ?? known.get(host)?.protocol ?? '',
    upstreams: known.get(host)?.upstreams ?? [],
    counts,
  }));
  const seen = new Set(counted.map(({ endpoint }) => endpoint));
  const others = endpoints
    .filter(({ host }) => !seen.has(host))
    .map(({ host, protocol, upstreams }) => ({
      host,
      title: host,
      protocol,
      upstreams,
      counts: {},
    }));
  const busy = (row: TrafficRow): number => sumOf([row.counts], 'connections');
  return [...rows, ...others].toSorted((one, other) => busy(other) - busy(one));
}

/** Of one family of counts, all of it or what has one label. */
export function sumOf(counts: readonly EndpointCounts[], family: string, label?: string): number {
  return counts.reduce((sum, each) => sum + amountIn(each[family], label), 0);
}

function amountIn(value: unknown, label: string | undefined): number {
  if (typeof value === 'number') return value;
  const labelled = labelledIn(value);
  if (label !== undefined) return labelled[label] ?? 0;
  return Object.values(labelled).reduce((sum, count) => sum + count, 0);
}

export function refusalsOf(counts: EndpointCounts): Record<string, number> {
  return labelledIn(counts['refused']);
}

/** What a family has by label, the largest first. */
export function labelledIn(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {};
  const given = Object.entries(value).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(given.toSorted((one, other) => other[1] - one[1]));
}
