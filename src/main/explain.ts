/**
 * Says what a server name gets, by the very functions that decide it for a connection.
 *
 * @module
 */
import type { Explanation } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { hostPort } from '../core/host-port.ts';
import { ANY_HOST, displayName, isAddress, isWildcard, parseName } from '../core/names.ts';
import { AppError } from '../core/errors.ts';
import type { Endpoint, FeedEntry } from '../feed/feed.ts';
import { upstreamText } from '../feed/upstream.ts';
import type { Lookup } from '../lifecycle/feed-source.ts';
import type { Foresight } from '../lifecycle/on-demand/foresee.ts';
import type { OnDemand } from '../lifecycle/on-demand/on-demand.ts';
import { type Route, decideRoute } from '../terminator/routing.ts';
import { noServerNameTexts, policyTexts, viewPolicy } from './explain-policy.ts';

export interface ExplainContext {
  readonly lookup: Lookup;
  readonly onDemand: Pick<OnDemand, 'foresee'>;
  readonly config: Config;
  readonly clock: Clock;
}

/** ECDSA with P-256 and RSA-PSS: what every present client supports. */
const MODERN_SCHEMES = [0x0403, 0x0804];

/** RSA-PSS and PKCS #1, for clients that cannot verify ECDSA. */
const RSA_SCHEMES = [0x0804, 0x0401];

export async function explain(
  { lookup, onDemand, config, clock }: ExplainContext,
  host: string,
  signal: AbortSignal,
): Promise<Explanation> {
  const name = parseName(host);
  if (isWildcard(name) || isAddress(name)) {
    throw new AppError('input/invalid', `${displayName(name)} is not a server name`, {
      mend: 'Give a hostname as clients send it: clients send neither wildcards nor addresses.',
    });
  }
  const entry = await lookup(name);
  const foresight = await onDemand.foresee(name, signal);
  const isRefused = foresight?.outcome === 'refused' && entry?.credentials.length === 0;
  const served = isRefused ? undefined : entry;
  const hello = { serverName: name, alpnProtocols: [] };
  const routeOf = (signatureSchemes: readonly number[]): Route =>
    decideRoute(
      name,
      { ...hello, signatureSchemes, unusableServerName: undefined },
      served,
      clock.now().getTime(),
    );
  const route = routeOf(MODERN_SCHEMES);
  return {
    name: displayName(name),
    decision: willIssue(foresight) ? 'issue' : route.action,
    because: [
      listenersText(config),
      ...noServerNameTexts(config),
      ...endpointText(name, entry),
      ...(route.action === 'terminate' ? policyTexts(route.endpoint, config) : []),
      ...demandText(foresight),
      ...(willIssue(foresight) ? [] : routeText(name, served, route, clock)),
      ...otherText(route, routeOf(RSA_SCHEMES)),
    ],
    ...(entry === undefined ? {} : { endpoint: viewEndpoint(entry.endpoint) }),
    ...(entry?.endpoint.terminate === undefined
      ? {}
      : { policy: viewPolicy(entry.endpoint.terminate) }),
    ...(route.action === 'terminate' ? { certificate: viewCredential(route) } : {}),
  };
}

function listenersText({ terminator }: Config): string {
  const tls = terminator.listeners.filter(({ protocol }) => protocol === 'tls');
  if (tls.length === 0) return 'no TLS listener is configured: nothing is served';
  return `listeners: ${tls.map(hostPort).join(', ')}`;
}

function endpointText(name: string, entry: FeedEntry | undefined): string[] {
  if (entry === undefined) return ['endpoint: none has this host or a wildcard that covers it'];
  const { endpoint } = entry;
  const how =
    endpoint.host === name
      ? 'has exactly this host'
      : endpoint.host === ANY_HOST
        ? 'is for every name that no other one has'
        : 'covers it, and none is exact';
  const { protocol, upstream } = viewEndpoint(endpoint);
  return [`endpoint: ${endpoint.host} ${how}; ${protocol} to ${upstream}`];
}

function willIssue(foresight: Foresight | undefined): boolean {
  return foresight?.outcome === 'would-issue' || foresight?.outcome === 'issuing';
}

const OUTCOMES = {
  served: 'nothing to make',
  issuing: 'under way',
  'would-issue': 'the first client brings a certificate about',
  refused: 'refused',
} as const;

function demandText(foresight: Foresight | undefined): string[] {
  if (foresight === undefined) return [];
  return [`on demand: ${OUTCOMES[foresight.outcome]}: ${foresight.because}`];
}

function routeText(
  name: string,
  entry: FeedEntry | undefined,
  route: Route,
  clock: Clock,
): string[] {
  if (route.action === 'pass-through') return ['the bytes are passed through unopened'];
  if (route.action === 'refuse') {
    if (entry?.endpoint.protocol === 'http') {
      return [
        'plain HTTP only: requests on the http listeners are passed on',
        `TLS is refused with the alert ${route.alert}`,
      ];
    }
    const candidates = entry === undefined ? [] : ['certificate: none covers this name yet'];
    return [...candidates, `refused with the TLS alert ${route.alert}`];
  }
  const { credential } = route;
  const count = entry?.credentials.length ?? 1;
  const match = credential.names.some((pattern) => pattern === name) ? 'exact name' : 'wildcard';
  const state = credential.notAfter > clock.now().getTime() ? 'valid' : 'EXPIRED';
  const until = new Date(credential.notAfter).toISOString();
  return [
    `certificate: ${credential.names.join(', ')} (${match}, ${credential.keyAlgorithm}, ${state} until ${until}), chosen of ${count}`,
  ];
}

function otherText(usual: Route, other: Route): string[] {
  if (usual.action !== 'terminate' || other.action !== 'terminate') return [];
  const { fingerprint256, names, keyAlgorithm, notAfter } = other.credential;
  if (fingerprint256 === usual.credential.fingerprint256) return [];
  const until = new Date(notAfter).toISOString();
  return [
    `clients that cannot verify ECDSA get: ${names.join(', ')} (${keyAlgorithm}, until ${until})`,
  ];
}

function viewEndpoint({
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

function viewCredential({ credential }: Extract<Route, { action: 'terminate' }>) {
  const { names, fingerprint256, keyAlgorithm, notAfter } = credential;
  return { names, fingerprint256, keyAlgorithm, notAfter: new Date(notAfter).toISOString() };
}
