/**
 * What upstreams are told of the trace that a request belongs to (W3C Trace Context).
 *
 * @module
 */
import type { Span } from '../observe/tracing/span.ts';
import { type FlatHeaders, valuesOf } from './flat-headers.ts';
import type { Origin } from './origin.ts';

/**
 * The `traceparent` of a request that is traced here. `undefined` leaves what the client says of its
 * own trace as it is: where nothing is traced, and behind a proxy that is believed.
 */
export function findTraceparent(
  span: Span | undefined,
  { proxies }: Origin,
  headers: FlatHeaders,
): string | undefined {
  if (span === undefined) return undefined;
  if (proxies.length > 0 && valuesOf(headers, 'traceparent').length > 0) return undefined;
  const { traceId, spanId } = span.context;
  return `${VERSION}-${traceId}-${spanId}-${SAMPLED}`;
}

/** @param name in lower case */
export function isTraceHeader(name: string): boolean {
  return name === 'traceparent' || name === 'tracestate';
}

const VERSION = '00';
const SAMPLED = '01';
