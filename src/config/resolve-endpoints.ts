/**
 * The endpoints of a configuration, each with its complete policy.
 *
 * @module
 */
import { ANY_HOST, type Name, displayName, isAddress } from '../core/names.ts';
import type { Endpoint, TlsPolicy } from '../feed/feed.ts';
import type { FileConfig } from './file-schema.ts';
import { type ConfigPath, formatPath } from './problem.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';
import { resolveListenerLayers } from './listener-policy.ts';
import { resolveHttp } from './resolve-http.ts';
import { resolveUpstreams } from './resolve-upstreams.ts';
import { ACME_TLS, combineLayers, type PolicyLayer, resolveLayer } from './resolve-policy.ts';
import type { FilePolicy } from './tls-schema.ts';

/** Those of `tcp` have no host, and are resolved with the listeners. */
type FileEndpoint = Exclude<NonNullable<FileConfig['endpoints']>[number], { protocol: 'tcp' }>;
type WithTls = keyof typeof USUAL_ALPN;

const HTTP_PROTOCOLS = ['h2', 'http/1.1'];

/** An upstream behind raw TLS is sent the bytes as they are, and seldom takes HTTP/2 in clear. */
const USUAL_ALPN = { https: HTTP_PROTOCOLS, tls: ['http/1.1'] } as const;

export function resolveEndpoints(
  endpoints: FileConfig['endpoints'],
  usual: Pick<FileConfig, 'tls' | 'listeners'>,
  reporting: ResolveContext,
): Endpoint[] {
  const context = reportOnce(reporting);
  const above = resolveLevels(usual, context);
  const places = new Map<string, number>();
  return (endpoints ?? []).flatMap((given, index) => {
    if (given.protocol === 'tcp') return [];
    const path = ['endpoints', index];
    const endpoint = resolveEndpoint(given, path, above, context);
    if (endpoint === undefined) return [];
    const twin = places.get(endpoint.host);
    if (twin === undefined) places.set(endpoint.host, index);
    else {
      const shown = displayName(endpoint.host);
      context.report([...path, 'host'], `endpoints[${twin}] has the same host: ${shown}`);
    }
    return [endpoint];
  });
}

function resolveEndpoint(
  given: FileEndpoint,
  path: ConfigPath,
  above: PolicyLevels,
  context: ResolveContext,
): Endpoint | undefined {
  const { protocol } = given;
  const policies = resolveOwnPolicies(given, path, above, context);
  const host = resolveHost(given, path, context);
  if (host !== undefined && isAddress(host)) {
    // RFC 6066 §3: a client names no address in its ClientHello.
    context.report([...path, 'host'], `${host} is an IP address, and clients only name hosts`);
  }
  const group =
    given.protocol === 'tls'
      ? resolveUpstreams(given, 'stream', path, context)
      : resolveHttp(given, path, context);
  const wrapped = group.upstreams.findIndex(({ scheme }) => scheme === 'tls');
  if (protocol === 'tls' && policies === undefined && wrapped !== -1) {
    const place = Array.isArray(given.upstream) ? ['upstream', wrapped] : ['upstream'];
    context.report(
      [...path, ...place],
      'is tls:// although the bytes of the client are TLS already, and are not opened here',
      'Write tcp://, or add terminateTls.',
    );
  }
  // The host stands for the checks that follow, also when its upstream is at fault.
  return host === undefined ? undefined : { host, protocol, ...group, ...policies };
}

/** What matches every name would give every name to one certificate, if clients did not make theirs. */
function resolveHost(
  given: FileEndpoint,
  path: ConfigPath,
  context: ResolveContext,
): Name | undefined {
  if (given.host !== ANY_HOST) return resolveName(given.host, [...path, 'host'], context);
  if (!('onDemand' in given) || given.onDemand === undefined) {
    context.report(
      [...path, 'host'],
      '"*" is only for endpoints with onDemand',
      'Add onDemand with a permission, or write a name or a wildcard such as *.example.com.',
    );
  }
  return ANY_HOST;
}

function resolveOwnPolicies(
  given: FileEndpoint,
  path: ConfigPath,
  above: PolicyLevels,
  context: ResolveContext,
): Pick<Endpoint, 'terminate' | 'terminateAt'> | undefined {
  switch (given.protocol) {
    case 'http':
      return undefined;
    case 'https':
      return resolvePolicies('https', given.tls ?? {}, [...path, 'tls'], above, context);
    case 'tls': {
      const { terminateTls } = given;
      const own = [...path, 'terminateTls'];
      return terminateTls && resolvePolicies('tls', terminateTls, own, above, context);
    }
  }
}

interface PolicyLevels {
  readonly top: PolicyLayer;
  /** Of the listeners that have a policy of their own, by its name. */
  readonly listeners: ReadonlyMap<string, PolicyLayer>;
}

function resolveLevels(
  { tls = {}, listeners = [] }: Pick<FileConfig, 'tls' | 'listeners'>,
  context: ResolveContext,
): PolicyLevels {
  const { fips: _fips, noServerName: _name, ...keys } = tls;
  const top = resolveLayer(keys, ['tls'], context);
  const levels = { top, listeners: resolveListenerLayers(listeners, context) };
  // Faults of the levels above show also where no endpoint is below them.
  for (const layers of [[top], ...[...levels.listeners.values()].map((layer) => [top, layer])]) {
    combineLayers(layers, HTTP_PROTOCOLS, context);
  }
  return levels;
}

/** What the endpoint gives on every listener, and on those with a policy of their own. */
function resolvePolicies(
  protocol: WithTls,
  given: FilePolicy,
  path: ConfigPath,
  { top, listeners }: PolicyLevels,
  context: ResolveContext,
): Pick<Endpoint, 'terminate' | 'terminateAt'> {
  const own = resolveLayer(given, path, context);
  const place = path.slice(0, -1);
  const terminate = resolvePolicy(protocol, [top, own], place, context);
  const others = [...listeners].map(([name, layer]) => [
    name,
    resolvePolicy(protocol, [top, layer, own], place, context),
  ]);
  if (others.length === 0) return { terminate };
  return { terminate, terminateAt: Object.fromEntries(others) as Record<string, TlsPolicy> };
}

function resolvePolicy(
  protocol: WithTls,
  layers: readonly PolicyLayer[],
  path: ConfigPath,
  context: ResolveContext,
): TlsPolicy {
  const policy = combineLayers(layers, USUAL_ALPN[protocol], context);
  const foreign = policy.alpn.find((token) => !HTTP_PROTOCOLS.includes(token));
  if (protocol === 'https' && foreign !== undefined && foreign !== ACME_TLS) {
    const origin = layers.findLast(({ keys }) => keys.alpn !== undefined);
    const isOwn = origin === layers.at(-1) && origin !== undefined;
    const place = isOwn ? [...origin.path, 'alpn'] : path;
    const from = isOwn ? '' : ` (from ${formatPath([...(origin?.path ?? []), 'alpn'])})`;
    const message = `https endpoints speak h2 and http/1.1 only, not every ALPN token given`;
    context.report(place, message + from);
  }
  return policy;
}

/** Many endpoints can share what is wrong with the levels above them. */
function reportOnce(context: ResolveContext): ResolveContext {
  const reported = new Set<string>();
  return {
    ...context,
    report: (path, message, mend) => {
      const place = JSON.stringify([path, message]);
      if (!reported.has(place)) context.report(path, message, mend);
      reported.add(place);
    },
  };
}
