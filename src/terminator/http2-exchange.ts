/**
 * An exchange with a client that speaks HTTP/2.
 *
 * @module
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Exchange, Fields, HttpConnection } from './exchange.ts';
import type { FlatHeaders } from './forwarded-headers.ts';
import { RequestBody } from './request-body.ts';
import type { TerminatorLimits } from './settings.ts';

export interface Http2Request {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: FlatHeaders;
  readonly hasBody: boolean;
}

export function http2Exchange(
  connection: HttpConnection,
  stream: ServerHttp2Stream,
  { headers, rawHeaders, hasBody }: Http2Request,
  { idleMs, stallMs }: Pick<TerminatorLimits, 'idleMs' | 'stallMs'>,
): Exchange {
  const authority = headers[':authority'] ?? headers.host ?? connection.name;
  // RFC 9113 §8.3.1: a Host that differs from :authority makes the request malformed.
  const isTorn = headers.host !== undefined && headers.host !== authority;
  let requestTrailers: FlatHeaders = [];
  if (hasBody) {
    stream.once('trailers', (_fields, _flags, raw: string[]) => {
      requestTrailers = raw;
    });
  }
  let responseTrailers: Fields = {};
  let bytesOut = 0;
  return {
    connection,
    method: headers[':method'] ?? '',
    path: headers[':path'] ?? '',
    authority: isTorn ? '' : authority,
    headers: rawHeaders,
    openBody: () => (hasBody ? new RequestBody(stream) : undefined),
    trailers: () => requestTrailers,
    mayHaveTrailers: hasBody && headers['content-length'] === undefined,
    expectsContinue: hasBody && /^100-continue$/i.test(headers.expect ?? ''),
    version: '2',
    get status() {
      return Number(stream.sentHeaders?.[':status'] ?? 0);
    },
    get bytesOut() {
      return bytesOut;
    },
    get isComplete() {
      return stream.writableFinished && (stream.rstCode ?? 0) === 0;
    },
    get hasResponded() {
      return stream.headersSent;
    },
    proceed: () => inform(stream, 100, {}),
    inform: (status, fields) => inform(stream, status, fields),
    respond: (status, fields, form) => {
      if (!isOpen(stream)) return;
      const waitForTrailers = form?.mayHaveTrailers === true;
      stream.respond({ ':status': status, ...fields }, { waitForTrailers });
      if (waitForTrailers) {
        stream.once('wantTrailers', () => stream.sendTrailers(responseTrailers));
      }
    },
    respondEmpty: (status, fields) => {
      // gRPC clients tell a failed call by the end of the stream in its very first frame.
      if (isOpen(stream)) stream.respond({ ':status': status, ...fields }, { endStream: true });
    },
    write: (chunk) => {
      if (!stream.writable) return true;
      bytesOut += chunk.length;
      if (stream.write(chunk)) return true;
      stream.setTimeout(stallMs);
      return false;
    },
    end: (trailers) => {
      if (trailers !== undefined) responseTrailers = trailers;
      stream.setTimeout(stallMs);
      stream.end();
    },
    // `close` would first end the stream properly.
    abort: () => void stream.destroy(new Error('the upstream broke off')),
    onDrain: (listener) => {
      stream.on('drain', () => {
        stream.setTimeout(idleMs);
        listener();
      });
    },
    onClose: (listener) => void stream.once('close', listener),
  };
}

function isOpen(stream: ServerHttp2Stream): boolean {
  return !stream.destroyed && !stream.closed;
}

function inform(stream: ServerHttp2Stream, status: number, fields: Fields): void {
  if (isOpen(stream) && !stream.headersSent)
    stream.additionalHeaders({ ':status': status, ...fields });
}
