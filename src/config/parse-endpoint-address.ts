/**
 * Where listeners listen: host and port as text.
 *
 * @module
 */
import { isIP, isIPv6 } from 'node:net';

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

/** `undefined` for what is neither address nor name. */
export function parseHost(
  bracketed: string | undefined,
  plain: string | undefined,
): string | undefined {
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? bracketed.toLowerCase() : undefined;
  }
  if (plain === undefined || !HOST.test(plain)) return undefined;
  // 127.0.0.256 or 10.1 would be looked up as a name, or read as another address.
  if (/^[\d.]+$/.test(plain) && isIP(plain) === 0) return undefined;
  return plain.toLowerCase();
}
