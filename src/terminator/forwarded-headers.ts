/**
 * Which HTTP headers cross the proxy, and what it adds.
 *
 * @module
 */

import type { ClientCertificate } from './client-certificate.ts';
import {
  clientCertificateHeaders,
  isClientCertificateHeader,
} from './client-certificate-headers.ts';

/** Names and values in turn, as Node and undici take them. */
export type FlatHeaders = readonly string[];

export interface ForwardedRequest {
  readonly headers: FlatHeaders;
  readonly authority: string;
  readonly clientAddress: string;
  readonly clientCertificate?: ClientCertificate | undefined;
}

/** What the upstream gets: whatever the client says about its own origin is replaced. */
export function toUpstreamHeaders(request: ForwardedRequest): string[] {
  const { headers, authority, clientAddress } = request;
  const dropped = connectionHeaders(headers);
  const kept = filterHeaders(
    headers,
    (name) => !dropped.has(name) && !isOrigin(name) && !REPLACED.has(name),
  );
  return [
    'host',
    authority,
    ...joinCookies(kept),
    'x-forwarded-for',
    withoutMapping(clientAddress),
    'x-forwarded-proto',
    'https',
    'x-forwarded-host',
    authority,
    ...clientCertificateHeaders(request.clientCertificate),
  ];
}

/** What the client gets. */
export function toClientHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string | string[]> {
  const connection = headers['connection'];
  const dropped = new Set(HOP_BY_HOP);
  if (connection !== undefined) {
    for (const name of tokensOf(String(connection))) dropped.add(name);
  }
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || dropped.has(name)) continue;
    kept[name] = typeof value === 'string' ? value : [...value];
  }
  return kept;
}

/** The values of one header, in order. */
export function valuesOf(headers: FlatHeaders, wanted: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === wanted) values.push(headers[index + 1] ?? '');
  }
  return values;
}

/** IPv4 clients on a listener of both families look like `::ffff:192.0.2.1`. */
export function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** RFC 9110 §7.6.1, and what older software sends. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** `expect` is answered here; the upstream connection has its own pace. */
const REPLACED: ReadonlySet<string> = new Set(['host', 'expect']);

function isOrigin(name: string): boolean {
  // CGI and its heirs cannot tell an underscore from a hyphen.
  const canonical = name.replaceAll('_', '-');
  return (
    canonical.startsWith('x-forwarded-') ||
    canonical === 'forwarded' ||
    canonical === 'x-real-ip' ||
    isClientCertificateHeader(canonical)
  );
}

function connectionHeaders(headers: FlatHeaders): Set<string> {
  return new Set([...HOP_BY_HOP, ...valuesOf(headers, 'connection').flatMap(tokensOf)]);
}

function tokensOf(value: string): string[] {
  return value.split(',').map((token) => token.trim().toLowerCase());
}

function filterHeaders(headers: FlatHeaders, isKept: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index]?.toLowerCase() ?? '';
    // HTTP/2 pseudo-headers are not fields.
    if (!name.startsWith(':') && isKept(name)) kept.push(name, headers[index + 1] ?? '');
  }
  return kept;
}

/** RFC 9113 §8.2.3: HTTP/2 may split the cookies, HTTP/1.1 servers expect one field. */
function joinCookies(headers: readonly string[]): string[] {
  const cookies = valuesOf(headers, 'cookie');
  if (cookies.length < 2) return [...headers];
  return [...filterHeaders(headers, (name) => name !== 'cookie'), 'cookie', cookies.join('; ')];
}
