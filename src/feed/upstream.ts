/**
 * Where the connections and requests of an endpoint go.
 *
 * @module
 */
import { bracketed } from '../core/host-port.ts';

/** `tcp` and `tls` take bytes, the others requests. */
export const UPSTREAM_SCHEMES = ['tcp', 'tls', 'http', 'https', 'h2c'] as const;
export type UpstreamScheme = (typeof UPSTREAM_SCHEMES)[number];

export interface Upstream {
  readonly scheme: UpstreamScheme;
  /** A TCP address, or the absolute path of a unix socket. */
  readonly target: { readonly host: string; readonly port: number } | { readonly path: string };
  /** For `tls` and `https` only; without it the system's roots and the host of the target hold. */
  readonly tls?: UpstreamTls;
}

/** How we know a TLS upstream, and it us. It is always verified. */
export interface UpstreamTls {
  /** Roots instead of those of the system. */
  readonly caPem?: string;
  /** The name to ask for and to verify, where it is not the host of the target. */
  readonly serverName?: string;
  /** Our client certificate; always together with its key. */
  readonly certificatePem?: string;
  readonly privateKeyPem?: string;
}

/** Checks that run beside the traffic; without them an upstream is judged by its failures only. */
export interface HealthCheck {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** What to GET of an HTTP upstream; without it a connection, with its handshake, is enough. */
  readonly path?: string;
  /** The only status that counts as healthy; without it every status from 200 to 399 does. */
  readonly status?: number;
}

export const PROXY_VERSIONS = ['v1', 'v2'] as const;
export type ProxyVersion = (typeof PROXY_VERSIONS)[number];

/** Upstreams of equal rank: each connection or request goes to the one with the fewest open. */
export interface UpstreamGroup {
  /** At least one. */
  readonly upstreams: readonly Upstream[];
  readonly health?: HealthCheck;
  /** The PROXY protocol header that each connection to the upstream begins with. */
  readonly proxyProtocol?: ProxyVersion;
  /** Connections of clients at a time, instead of what the limits allow each endpoint. */
  readonly connections?: number;
}

/** As people write it, and the same for the same upstream: it says nothing of certificates. */
export function upstreamText({ scheme, target }: Upstream): string {
  return 'path' in target
    ? `unix:${target.path}`
    : `${scheme}://${bracketed(target.host)}:${target.port}`;
}
