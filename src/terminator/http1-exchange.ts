/**
 * An exchange with a client that speaks HTTP/1.1.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Upstream } from '../feed/upstream.ts';
import type { Span } from '../observe/tracing/span.ts';
import type { Exchange, Fields, HttpConnection } from './exchange.ts';
import { type FlatHeaders, valuesOf } from './flat-headers.ts';
import { type Origin, originOf } from './origin.ts';
import { RequestBody } from './request-body.ts';

/** Accessors of a class, as those of an object literal would cost V8 a shape for each request. */
export class Http1Exchange implements Exchange {
  readonly connection: HttpConnection;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: FlatHeaders;
  readonly origin: Origin;
  readonly mayHaveTrailers: boolean;
  readonly expectsContinue: boolean;
  readonly version: string;
  upstream?: Upstream;
  requestId?: string;
  span?: Span | undefined;
  bytesOut = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #hasBody: boolean;
  #isBegun = false;

  constructor(
    connection: HttpConnection,
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ) {
    const { method = '', url: path = '', headers, rawHeaders } = request;
    const isChunked = headers['transfer-encoding'] !== undefined;
    this.#request = request;
    this.#response = response;
    this.#hasBody = isChunked || Number(headers['content-length'] ?? 0) > 0;
    this.connection = connection;
    this.method = method;
    this.path = path;
    this.authority = authorityOf(request, connection.name);
    this.headers = rawHeaders;
    this.origin = originOf(connection, rawHeaders);
    this.mayHaveTrailers = isChunked;
    this.expectsContinue = expectsContinue && this.#hasBody;
    this.version = `1.${request.httpVersionMinor}`;
  }

  get status(): number {
    return this.#response.headersSent ? this.#response.statusCode : 0;
  }

  get isComplete(): boolean {
    return this.#response.writableFinished;
  }

  get hasResponded(): boolean {
    return this.#response.headersSent;
  }

  openBody(): RequestBody | undefined {
    return this.#hasBody ? new RequestBody(this.#request) : undefined;
  }

  trailers(): FlatHeaders {
    return this.#request.rawTrailers;
  }

  proceed(): void {
    this.#response.writeContinue();
  }

  /** RFC 8297 §3: clients of HTTP/1.1 may take an interim response for the final one. */
  inform(): void {}

  respond(status: number, fields: Fields): void {
    // HTTP/1.0 knows no chunks, and so no trailers.
    if (this.#request.httpVersionMinor === 0) delete fields['trailer'];
    this.#response.writeHead(status, fields);
    // Data that came along with the header leaves with it; data that comes later must not delay it.
    process.nextTick(flush, this.#response);
  }

  respondEmpty(status: number, fields: Fields): void {
    this.#response.writeHead(status, fields);
    this.#response.end();
  }

  write(chunk: Uint8Array): boolean {
    this.bytesOut += chunk.length;
    if (this.#isBegun || chunk.length > MOST_IN_ONE) return this.#response.write(chunk);
    this.#isBegun = true;
    // As a string it leaves in one record with the header before it.
    return this.#response.write(latin1(chunk), 'latin1');
  }

  end(trailers?: Fields): void {
    if (trailers !== undefined && hasFields(trailers)) {
      this.#response.addTrailers(flatten(trailers));
    }
    this.#response.end();
  }

  abort(): void {
    this.#response.destroy();
  }

  onDrain(listener: () => void): void {
    this.#response.on('drain', listener);
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }
}

const MOST_IN_ONE = 4_096;

function latin1(chunk: Uint8Array): string {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
}

/** Several Host fields become one that no endpoint has. HTTP/1.0 clients may send none. */
export function authorityOf(request: IncomingMessage, usual: string): string {
  const hosts = valuesOf(request.rawHeaders, 'host');
  return hosts.length === 0 && request.httpVersionMinor === 0 ? usual : hosts.join(',');
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
