/**
 * Which endpoint a name belongs to, which others were looked at, and where its connections go.
 *
 * @module
 */
import type { Explanation } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import { hostPort } from '../core/host-port.ts';
import { ANY_HOST, coveringWildcard, type Name } from '../core/names.ts';
import type { Endpoint, FeedEntry } from '../feed/feed.ts';
import { upstreamText } from '../feed/upstream.ts';
import type { UpstreamReport } from '../terminator/report.ts';

type Considered = Explanation['considered'][number];

/** In the order in which they would be taken. */
export function considerEndpoints(
  name: Name,
  entry: FeedEntry | undefined,
  { endpoints }: Pick<Config, 'endpoints'>,
): Considered[] {
  const wildcard = coveringWildcard(name);
  const taken = entry?.endpoint.host;
  const match = (host: Name, kind: Considered['match']): Considered[] => {
    const found = endpoints.find((endpoint) => endpoint.host === host);
    if (found === undefined) return [{ host, match: kind, verdict: 'no endpoint has this host' }];
    const { protocol } = found;
    if (host === taken) return [{ host, match: kind, protocol, verdict: 'taken' }];
    return [{ host, match: kind, protocol, verdict: 'passed over: one before it has the name' }];
  };
  const hasCatchAll = endpoints.some(({ host }) => host === ANY_HOST);
  return [
    ...match(name, 'exact'),
    ...(wildcard === undefined ? [] : match(wildcard, 'wildcard')),
    ...(hasCatchAll ? match(ANY_HOST, 'any') : []),
  ];
}

export function endpointTexts(
  considered: readonly Considered[],
  entry: FeedEntry | undefined,
  { terminator }: Pick<Config, 'terminator'>,
): string[] {
  const looked = considered.map(({ host, verdict }) => `  ${host}: ${verdict}`);
  if (entry === undefined) {
    return ['endpoint: none has this host or a wildcard that covers it', ...looked];
  }
  const { endpoint } = entry;
  const { host, protocol, upstream } = viewEndpoint(endpoint);
  const how = considered.find((one) => one.host === host)?.match ?? 'exact';
  const limit = endpoint.connections ?? terminator.limits.connectionsPerEndpoint;
  const source = endpoint.connections === undefined ? 'limits' : 'endpoint';
  return [
    `endpoint: ${host} (${how}); ${protocol} to ${upstream}`,
    ...looked,
    ...(protocol === 'http' ? [] : [`  at most ${limit} connections a worker (${source})`]),
  ];
}

export function viewEndpoint({
  host,
  protocol,
  upstreams,
  redirect,
}: Endpoint): NonNullable<Explanation['endpoint']> {
  const upstream =
    redirect === undefined
      ? upstreams.map(upstreamText).join(', ')
      : `redirect (${redirect.status}) to ${redirect.location}`;
  return { host, protocol, upstream };
}

/** @param reports `undefined` when no daemon knows; those that were never used are not in them */
export function viewUpstreams(
  { upstreams }: Endpoint,
  reports: readonly UpstreamReport[] | undefined,
): NonNullable<Explanation['upstreams']> {
  return upstreams.map((one) => {
    const upstream = upstreamText(one);
    const report = reports?.find((known) => known.upstream === upstream);
    if (report !== undefined) return report;
    return { upstream, state: reports === undefined ? 'unknown' : 'unused' };
  });
}

export function upstreamTexts(upstreams: NonNullable<Explanation['upstreams']>): string[] {
  return upstreams.map(({ upstream, state, open }) => {
    if (state === 'unknown') return `upstream ${upstream}: not known, as no daemon runs`;
    if (state === 'unused') return `upstream ${upstream}: not used yet`;
    return `upstream ${upstream}: ${state}, ${open ?? 0} open`;
  });
}

export function viewListeners({
  terminator,
}: Pick<Config, 'terminator'>): Explanation['listeners'] {
  return terminator.listeners
    .filter(({ protocol }) => protocol !== 'tcp')
    .map((listener) => ({
      listener: hostPort(listener),
      protocol: listener.protocol,
      ...(listener.protocol === 'tls'
        ? { noServerName: listener.noServerName ?? terminator.noServerName }
        : {}),
    }));
}

export function listenerText(listeners: Explanation['listeners']): string {
  const tls = listeners.filter(({ protocol }) => protocol === 'tls');
  if (tls.length === 0) return 'no TLS listener is configured: nothing is served';
  return `listeners: ${tls.map(({ listener }) => listener).join(', ')}`;
}
