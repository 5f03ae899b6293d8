/**
 * Which HTTP headers cross the proxy, and what it adds.
 *
 * @module
 */
import {
  clientCertificateHeaders,
  isClientCertificateHeader,
} from './client-certificate-headers.ts';
import type { Span } from '../observe/tracing/span.ts';
import type { Exchange } from './exchange.ts';
import type { FlatHeaders } from './flat-headers.ts';
import { schemeOf } from './origin.ts';
import { isOriginHeader, originHeaders } from './origin-headers.ts';
import { findTraceparent, isTraceHeader } from './trace-context.ts';

/** The fields of a response by lower-case name. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type ForwardedRequest = Pick<Exchange, 'headers' | 'authority' | 'origin'> & {
  readonly connection: Pick<Exchange['connection'], 'tls'>;
};

/**
 * What the upstream gets: whatever the client says about its own origin is replaced.
 *
 * @param span of the request, where it is traced
 */
export function toUpstreamHeaders(request: ForwardedRequest, span?: Span): string[] {
  const { headers, authority, origin, connection } = request;
  const options = connectionOptions(headers);
  const traceparent = findTraceparent(span, origin, headers);
  const kept = ['host', authority];
  let cookieAt = 0;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase();
    const value = headers[index + 1] ?? '';
    // HTTP/2 pseudo-headers are not fields.
    if (name.startsWith(':') || NOT_FORWARDED.has(name) || isReplaced(name)) continue;
    if (options?.has(name) === true) continue;
    if (traceparent !== undefined && isTraceHeader(name)) continue;
    if (name === 'cookie') {
      // RFC 9113 §8.2.3: HTTP/2 may split the cookies, HTTP/1.1 servers expect one field.
      if (cookieAt > 0) {
        kept[cookieAt] += `; ${value}`;
        continue;
      }
      cookieAt = kept.length + 1;
    }
    kept.push(name, value);
  }
  kept.push(...originHeaders(origin, authority, schemeOf(connection)));
  if (traceparent !== undefined) kept.push('traceparent', traceparent);
  const certificate = connection.tls?.clientCertificate;
  if (certificate !== undefined) kept.push(...clientCertificateHeaders(certificate));
  return kept;
}

/** What the client gets. */
export function toClientHeaders(headers: ResponseHeaders): Record<string, string | string[]> {
  const connection = headers['connection'];
  const options = connection === undefined ? undefined : new Set(tokensOf(String(connection)));
  const kept: Record<string, string | string[]> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || HOP_BY_HOP.has(name) || options?.has(name) === true) continue;
    if (!name.startsWith(':')) kept[name] = value as string | string[];
  }
  return kept;
}

/** The trailer fields of a response, as far as they may be taken for such. */
export function toClientTrailers(trailers: ResponseHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(trailers)) {
    if (value !== undefined && isTrailer(name)) kept[name] = value as string | string[];
  }
  return kept;
}

/** The trailer fields of a request, as far as they may be taken for such. */
export function toUpstreamTrailers(trailers: FlatHeaders): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < trailers.length; index += 2) {
    const name = (trailers[index] ?? '').toLowerCase();
    if (isTrailer(name)) kept.push(name, trailers[index + 1] ?? '');
  }
  return kept;
}

/** RFC 9110 §7.6.1, and what older software sends. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** `expect` is spoken anew on the connection to the upstream. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([...HOP_BY_HOP, 'trailer', 'host', 'expect']);

/**
 * RFC 9110 §6.5.1: what frames, routes or authenticates a message, or says what its content is, must
 * be known before the content.
 */
const NO_TRAILERS: ReadonlySet<string> = new Set([
  ...NOT_FORWARDED,
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'cache-control',
  'max-forwards',
]);

function isTrailer(name: string): boolean {
  return !name.startsWith(':') && !NO_TRAILERS.has(name) && !isReplaced(name);
}

function isReplaced(name: string): boolean {
  // Most names are none of these, and are dismissed by their first letter.
  if (!'xfc'.includes(name.charAt(0))) return false;
  // CGI and its heirs cannot tell an underscore from a hyphen.
  const canonical = name.replaceAll('_', '-');
  return isOriginHeader(canonical) || isClientCertificateHeader(canonical);
}

/** The fields that the client means for this connection only; usually there are none. */
function connectionOptions(headers: FlatHeaders): Set<string> | undefined {
  let options: Set<string> | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index];
    if (name?.length !== 'connection'.length || name.toLowerCase() !== 'connection') continue;
    options ??= new Set();
    for (const token of tokensOf(headers[index + 1] ?? '')) options.add(token);
  }
  return options;
}

function tokensOf(value: string): string[] {
  return value.split(',').map((token) => token.trim().toLowerCase());
}
