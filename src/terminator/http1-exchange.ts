/**
 * An exchange with a client that speaks HTTP/1.1.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange, HttpConnection } from './exchange.ts';
import { valuesOf } from './forwarded-headers.ts';
import { RequestBody } from './request-body.ts';

export function http1Exchange(
  connection: HttpConnection,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Exchange {
  const { method = '', url: path = '', headers } = request;
  const isChunked = headers['transfer-encoding'] !== undefined;
  const hasBody = isChunked || Number(headers['content-length'] ?? 0) > 0;
  let isBegun = false;
  let bytesOut = 0;
  return {
    connection,
    method,
    path,
    authority: authorityOf(request, connection.name),
    headers: request.rawHeaders,
    openBody: () => (hasBody ? new RequestBody(request) : undefined),
    trailers: () => request.rawTrailers,
    mayHaveTrailers: isChunked,
    expectsContinue: expectsContinue && hasBody,
    version: `1.${request.httpVersionMinor}`,
    get status() {
      return response.headersSent ? response.statusCode : 0;
    },
    get bytesOut() {
      return bytesOut;
    },
    get isComplete() {
      return response.writableFinished;
    },
    get hasResponded() {
      return response.headersSent;
    },
    proceed: () => response.writeContinue(),
    // RFC 8297 §3: clients of HTTP/1.1 may take an interim response for the final one.
    inform: () => {},
    respond: (status, fields) => {
      // HTTP/1.0 knows no chunks, and so no trailers.
      if (request.httpVersionMinor === 0) delete fields['trailer'];
      response.writeHead(status, fields);
      // Data that came along with the header leaves with it; data that comes later must not delay it.
      process.nextTick(flush, response);
    },
    respondEmpty: (status, fields) => {
      response.writeHead(status, fields);
      response.end();
    },
    write: (chunk) => {
      bytesOut += chunk.length;
      if (isBegun || chunk.length > MOST_IN_ONE) return response.write(chunk);
      isBegun = true;
      // As a string it leaves in one record with the header before it.
      return response.write(latin1(chunk), 'latin1');
    },
    end: (trailers) => {
      if (trailers !== undefined && hasFields(trailers)) response.addTrailers(flatten(trailers));
      response.end();
    },
    abort: () => void response.destroy(),
    onDrain: (listener) => void response.on('drain', listener),
    onClose: (listener) => void response.once('close', listener),
  };
}

const MOST_IN_ONE = 4_096;

function latin1(chunk: Uint8Array): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
}

/** Two different Host fields become one that no endpoint has. HTTP/1.0 clients may send none. */
export function authorityOf(request: IncomingMessage, usual: string): string {
  const hosts = valuesOf(request.rawHeaders, 'host');
  return hosts.length === 0 ? usual : hosts.join(',');
}

function flush(response: ServerResponse): void {
  if (!response.destroyed) response.flushHeaders();
}

function hasFields(fields: object): boolean {
  for (const _ in fields) return true;
  return false;
}

function flatten(fields: Record<string, string | string[]>): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
  );
}
