/**
 * The endpoints of a configuration, each with its complete policy.
 *
 * @module
 */
import { displayName, isAddress } from '../core/names.ts';
import type { Endpoint, TlsPolicy } from '../feed/feed.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import type { FileConfig } from './file-schema.ts';
import { parseUpstream } from './parse-endpoint-address.ts';
import type { ConfigPath } from './problem.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';

type FileEndpoint = NonNullable<FileConfig['endpoints']>[number];
type FilePolicy = Pick<NonNullable<FileConfig['tls']>, 'minVersion' | 'maxVersion' | 'alpn'>;

const HTTP_PROTOCOLS = ['h2', 'http/1.1'];

/** An upstream behind raw TLS is sent the bytes as they are, and seldom takes HTTP/2 in clear. */
const USUAL_ALPN = { https: HTTP_PROTOCOLS, tls: ['http/1.1'] } as const;

const UPSTREAM_SCHEME = { https: 'http', tls: 'tcp' } as const;

export function resolveEndpoints(
  endpoints: FileConfig['endpoints'],
  usual: FilePolicy,
  context: ResolveContext,
): Endpoint[] {
  checkAlpn(usual.alpn, ['tls', 'alpn'], context);
  checkVersions(usual, {}, ['tls'], context);
  const places = new Map<string, number>();
  return (endpoints ?? []).flatMap((given, index) => {
    const path = ['endpoints', index];
    const endpoint = resolveEndpoint(given, path, usual, context);
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
  usual: FilePolicy,
  context: ResolveContext,
): Endpoint | undefined {
  const own = given.protocol === 'https' ? (given.tls ?? {}) : given.terminateTls;
  const key = given.protocol === 'https' ? 'tls' : 'terminateTls';
  const terminate = own && resolvePolicy(given.protocol, own, usual, [...path, key], context);

  const host = resolveName(given.host, [...path, 'host'], context);
  if (host !== undefined && isAddress(host)) {
    // RFC 6066 §3: a client names no address in its ClientHello.
    context.report([...path, 'host'], `${host} is an IP address, and clients only name hosts`);
  }
  const upstream = parseUpstream(given.upstream);
  if (typeof upstream === 'string') {
    context.report([...path, 'upstream'], upstream);
  }
  const scheme = UPSTREAM_SCHEME[given.protocol];
  if (typeof upstream !== 'string' && upstream.scheme !== scheme) {
    context.report(
      [...path, 'upstream'],
      `must start with ${scheme}:// for an endpoint with protocol ${given.protocol}`,
    );
  }
  if (host === undefined) return undefined;
  // The host stands for the checks that follow, also when its upstream is at fault.
  const known = typeof upstream === 'string' ? { scheme, host: '', port: 0 } : upstream;
  const endpoint = { host, protocol: given.protocol, upstream: known };
  return terminate === undefined ? endpoint : { ...endpoint, terminate };
}

function resolvePolicy(
  protocol: FileEndpoint['protocol'],
  own: FilePolicy,
  usual: FilePolicy,
  path: ConfigPath,
  context: ResolveContext,
): TlsPolicy {
  checkAlpn(own.alpn, [...path, 'alpn'], context);
  checkVersions(own, usual, path, context);
  const alpn = own.alpn ?? usual.alpn ?? USUAL_ALPN[protocol];
  const foreign = alpn.find((token) => !HTTP_PROTOCOLS.includes(token));
  if (protocol === 'https' && foreign !== undefined && foreign !== ACME_TLS) {
    const place = own.alpn === undefined ? path.slice(0, 2) : [...path, 'alpn'];
    const origin = own.alpn === undefined ? ' (from the top-level tls.alpn)' : '';
    const message = `https endpoints speak h2 and http/1.1 only, not every ALPN token given`;
    context.report(place, message + origin);
  }
  return { ...TLS_PRESETS.intermediate, ...versionsOf(own, usual), alpn };
}

/** RFC 8737 §3: connections with this token are the CA's, and answered without being configured. */
const ACME_TLS = 'acme-tls/1';

function checkAlpn(
  alpn: readonly string[] | undefined,
  path: ConfigPath,
  context: ResolveContext,
): void {
  for (const [index, token] of (alpn ?? []).entries()) {
    const place = [...path, index];
    if (!/^[\x21-\x7e]+$/.test(token)) {
      context.report(place, 'must be an ALPN token without spaces, e.g. h2 or http/1.1');
    } else if (token === ACME_TLS) {
      context.report(place, `${ACME_TLS} is for challenges only`, 'Remove it.');
    } else if (alpn?.indexOf(token) !== index) {
      context.report(place, 'stands in the list twice');
    }
  }
}

function checkVersions(
  own: FilePolicy,
  usual: FilePolicy,
  path: ConfigPath,
  context: ResolveContext,
): void {
  // Already said where it stands, when only the top level is at fault.
  if (own.minVersion === undefined && own.maxVersion === undefined) return;
  const { minVersion, maxVersion } = versionsOf(own, usual);
  if (minVersion <= maxVersion) return;
  context.report(
    [...path, own.minVersion === undefined ? 'maxVersion' : 'minVersion'],
    `minVersion ${minVersion} is above maxVersion ${maxVersion}`,
  );
}

function versionsOf(
  own: FilePolicy,
  usual: FilePolicy,
): Pick<TlsPolicy, 'minVersion' | 'maxVersion'> {
  return {
    minVersion: own.minVersion ?? usual.minVersion ?? '1.2',
    maxVersion: own.maxVersion ?? usual.maxVersion ?? '1.3',
  };
}
