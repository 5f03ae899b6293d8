/**
 * How upstreams are told where a request comes from.
 *
 * @module
 */
import type { Origin, Scheme } from './origin.ts';

/**
 * @param authority and `scheme` are those of the request as it came in here; what the client asked
 * for can be another, where it came through proxies.
 */
export function originHeaders(origin: Origin, authority: string, scheme: Scheme): string[] {
  const { clientAddress, proxies, host = authority } = origin;
  const first = forwardedElement(clientAddress, host, origin.scheme);
  const headers = [
    'x-forwarded-for',
    clientAddress,
    'x-forwarded-proto',
    origin.scheme,
    'x-forwarded-host',
    host,
    'x-real-ip',
    clientAddress,
    'forwarded',
    first,
  ];
  if (proxies.length > 0) {
    headers[1] = [clientAddress, ...proxies].join(', ');
    headers[headers.length - 1] = [
      first,
      ...proxies.slice(0, -1).map((proxy) => `for=${nodeOf(proxy)}`),
      forwardedElement(proxies.at(-1) ?? '', authority, scheme),
    ].join(', ');
  }
  return headers;
}

/** @param name in lower case, with hyphens only */
export function isOriginHeader(name: string): boolean {
  return name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip';
}

/** RFC 7239 §4 and §6: what has a colon or a bracket is quoted. */
function forwardedElement(address: string, authority: string, scheme: Scheme): string {
  const host = TOKEN.test(authority) ? authority : `"${authority}"`;
  return `for=${nodeOf(address)};host=${host};proto=${scheme}`;
}

function nodeOf(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
