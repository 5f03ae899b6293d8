/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { Span } from '../observe/tracing/span.ts';
import { valuesOf } from './flat-headers.ts';
import { toClientHeaders, toUpstreamHeaders } from './forwarded-headers.ts';

function upstreamHeaders(headers: string[]): string[] {
  return toUpstreamHeaders({
    headers,
    authority: 'app.example.com',
    origin: { clientAddress: '192.0.2.7', scheme: 'http', proxies: [] },
    connection: {},
  });
}

describe('toUpstreamHeaders', () => {
  it('replaces what the client claims about its origin, in every spelling', () => {
    const headers = upstreamHeaders([
      'X-Forwarded-For',
      '1.1.1.1',
      'x-forwarded-proto',
      'http',
      'X_Forwarded_For',
      '2.2.2.2',
      'Forwarded',
      'for=3.3.3.3',
      'X-Real-IP',
      '4.4.4.4',
      'x-forwarded-port',
      '1',
    ]);
    expect(headers).toEqual([
      'host',
      'app.example.com',
      'x-forwarded-for',
      '192.0.2.7',
      'x-forwarded-proto',
      'http',
      'x-forwarded-host',
      'app.example.com',
      'x-real-ip',
      '192.0.2.7',
      'forwarded',
      'for=192.0.2.7;host=app.example.com;proto=http',
    ]);
  });

  it('drops what belongs to the connection, and what Connection names', () => {
    const headers = upstreamHeaders([
      'Connection',
      'close, X-Private',
      'X-Private',
      '1',
      'TE',
      'trailers',
      'Transfer-Encoding',
      'chunked',
      'Keep-Alive',
      '5',
      'Accept',
      '*/*',
    ]);
    expect(headers.slice(2, -10)).toEqual(['accept', '*/*']);
  });

  it('does not let Connection remove what the proxy adds', () => {
    const headers = upstreamHeaders(['Connection', 'x-forwarded-for, host']);
    expect(valuesOf(headers, 'x-forwarded-for')).toEqual(['192.0.2.7']);
    expect(valuesOf(headers, 'host')).toEqual(['app.example.com']);
  });

  it('joins cookies that HTTP/2 split, and keeps other repeated fields apart', () => {
    const headers = upstreamHeaders([
      'cookie',
      'a=1',
      'accept',
      'x',
      'cookie',
      'b=2',
      'accept',
      'y',
    ]);
    expect(valuesOf(headers, 'cookie')).toEqual(['a=1; b=2']);
    expect(valuesOf(headers, 'accept')).toEqual(['x', 'y']);
  });

  it('leaves HTTP/2 pseudo-headers out', () => {
    expect(upstreamHeaders([':path', '/', ':method', 'GET']).slice(2, -10)).toEqual([]);
  });
});

describe('the trace that an upstream is told', () => {
  const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const headers = ['Traceparent', PARENT, 'Tracestate', 'a=1'];
  const span = new Span(() => {}, { name: 'request', kind: 'internal', attributes: {} });
  const ours = `00-${span.context.traceId}-${span.context.spanId}-01`;
  const origin = { clientAddress: '192.0.2.7', scheme: 'https', proxies: [] } as const;
  const request = { headers, authority: 'app.example.com', origin, connection: {} };
  const told = (kept: string[]): string[][] =>
    ['traceparent', 'tracestate'].map((name) => valuesOf(kept, name));

  it('is that of the client where nothing is traced here', () => {
    expect(told(toUpstreamHeaders(request))).toEqual([[PARENT], ['a=1']]);
  });

  it('is ours where the request is traced', () => {
    expect(told(toUpstreamHeaders(request, span))).toEqual([[ours], []]);
  });

  it('stays that of a proxy that is believed, if it has one', () => {
    const through = { ...request, origin: { ...origin, proxies: ['198.51.100.1'] } };
    expect(told(toUpstreamHeaders(through, span))).toEqual([[PARENT], ['a=1']]);
    expect(told(toUpstreamHeaders({ ...through, headers: [] }, span))).toEqual([[ours], []]);
  });
});

describe('toClientHeaders', () => {
  it('keeps repeated fields and drops those of the upstream connection', () => {
    const headers = toClientHeaders({
      connection: 'keep-alive, x-hop',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      'x-hop': '1',
      'set-cookie': ['a=1', 'b=2'],
      etag: '"1"',
    });
    expect(headers).toEqual({ 'set-cookie': ['a=1', 'b=2'], etag: '"1"' });
  });
});
