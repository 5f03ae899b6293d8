/**
 * Where listeners listen and upstreams are: host and port as text.
 *
 * @module
 */
import { isIP, isIPv6 } from 'node:net';
import type { Upstream } from '../feed/feed.ts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** What `:443` means: both address families where the system has both. */
export const ANY_ADDRESS = '::';

/** Names of container networks have underscores and no dots: everything that a resolver takes. */
const HOST = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i;

/** `ip:port`, `[v6]:port` or `:port`; says what is wrong in a fragment that starts with a verb. */
export function parseListenerAddress(text: string): HostAndPort | string {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  if (digits === undefined) return 'must be "ip:port", "[v6]:port" or ":port"';
  const port = Number(digits);
  if (port > 65_535) return 'has a port above 65535';
  if (plain === '') return { host: ANY_ADDRESS, port };
  const host = parseHost(bracketed, plain);
  // A name can stand for several addresses, and for others at the next start.
  if (host === undefined || isIP(host) === 0) return 'must have an IP address before the port';
  return { host, port };
}

/** `tcp://host:port` or `http://host[:port]`. */
export function parseUpstream(text: string): Upstream | string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  const name = scheme?.toLowerCase();
  if (name !== 'tcp' && name !== 'http') {
    return name === 'https' || name === 'tls' || name === 'h2c'
      ? `has the scheme ${name}, which this version does not support; write tcp:// or http://`
      : 'must start with tcp:// or http://';
  }
  const [, bracketed, plain, digits, tail] =
    /^(?:\[([^\]]*)\]|([^:/?#[\]@]*))(?::(\d{1,5}))?(.*)$/s.exec(rest ?? '') ?? [];
  if (rest?.includes('@') === true) return 'must not contain a user name or password';
  if (tail !== '' && tail !== '/') return 'must end after the port: paths are passed on unchanged';
  const host = parseHost(bracketed, plain);
  if (host === undefined) return 'has a host that is neither IP address nor name';
  if (digits === undefined && name === 'tcp') return 'needs a port, e.g. tcp://127.0.0.1:5432';
  const port = Number(digits ?? 80);
  if (port < 1 || port > 65_535) return 'needs a port from 1 to 65535';
  return { scheme: name, host, port };
}

function parseHost(bracketed: string | undefined, plain: string | undefined): string | undefined {
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? bracketed.toLowerCase() : undefined;
  }
  if (plain === undefined || !HOST.test(plain)) return undefined;
  // 127.0.0.256 or 10.1 would be looked up as a name, or read as another address.
  if (/^[\d.]+$/.test(plain) && isIP(plain) === 0) return undefined;
  return plain.toLowerCase();
}
