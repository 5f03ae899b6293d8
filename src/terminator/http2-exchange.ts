/**
 * An exchange with a client that speaks HTTP/2.
 *
 * @module
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Upstream } from '../feed/upstream.ts';
import type { Span } from '../observe/tracing/span.ts';
import type { Exchange, Fields, HttpConnection } from './exchange.ts';
import type { FlatHeaders } from './flat-headers.ts';
import { type Origin, originOf } from './origin.ts';
import { RequestBody } from './request-body.ts';
import type { TerminatorLimits } from './settings.ts';

type StreamLimits = Pick<TerminatorLimits, 'idleMs' | 'stallMs'>;

export interface Http2Request {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: FlatHeaders;
  readonly hasBody: boolean;
}

export class Http2Exchange implements Exchange {
  readonly connection: HttpConnection;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly headers: FlatHeaders;
  readonly origin: Origin;
  readonly mayHaveTrailers: boolean;
  readonly expectsContinue: boolean;
  readonly version = '2';
  upstream?: Upstream;
  requestId?: string;
  span?: Span | undefined;
  bytesOut = 0;
  readonly #stream: ServerHttp2Stream;
  readonly #limits: StreamLimits;
  readonly #hasBody: boolean;
  #requestTrailers: FlatHeaders = [];
  #responseTrailers: Fields = {};

  constructor(
    connection: HttpConnection,
    stream: ServerHttp2Stream,
    { headers, rawHeaders, hasBody }: Http2Request,
    limits: StreamLimits,
  ) {
    const authority = headers[':authority'] ?? headers.host ?? connection.name;
    // RFC 9113 §8.3.1: a Host that differs from :authority makes the request malformed.
    const isTorn = headers.host !== undefined && headers.host !== authority;
    this.#stream = stream;
    this.#limits = limits;
    this.#hasBody = hasBody;
    this.connection = connection;
    this.method = headers[':method'] ?? '';
    this.path = headers[':path'] ?? '';
    this.authority = isTorn ? '' : authority;
    this.headers = rawHeaders;
    this.origin = originOf(connection, rawHeaders);
    this.mayHaveTrailers = hasBody && headers['content-length'] === undefined;
    this.expectsContinue = hasBody && /^100-continue$/i.test(headers.expect ?? '');
    if (hasBody) {
      stream.once('trailers', (_fields, _flags, raw: string[]) => {
        this.#requestTrailers = raw;
      });
    }
  }

  get status(): number {
    return Number(this.#stream.sentHeaders?.[':status'] ?? 0);
  }

  get isComplete(): boolean {
    return this.#stream.writableFinished && (this.#stream.rstCode ?? 0) === 0;
  }

  get hasResponded(): boolean {
    return this.#stream.headersSent;
  }

  openBody(): RequestBody | undefined {
    return this.#hasBody ? new RequestBody(this.#stream) : undefined;
  }

  trailers(): FlatHeaders {
    return this.#requestTrailers;
  }

  proceed(): void {
    this.inform(CONTINUE, {});
  }

  inform(status: number, fields: Fields): void {
    if (isOpen(this.#stream) && !this.#stream.headersSent) {
      this.#stream.additionalHeaders({ ':status': status, ...fields });
    }
  }

  respond(status: number, fields: Fields, form?: { readonly mayHaveTrailers: boolean }): void {
    const stream = this.#stream;
    if (!isOpen(stream)) return;
    const waitForTrailers = form?.mayHaveTrailers === true;
    stream.respond({ ':status': status, ...fields }, { waitForTrailers });
    if (waitForTrailers) {
      stream.once('wantTrailers', () => stream.sendTrailers(this.#responseTrailers));
    }
  }

  respondEmpty(status: number, fields: Fields): void {
    // gRPC clients tell a failed call by the end of the stream in its very first frame.
    if (isOpen(this.#stream)) {
      this.#stream.respond({ ':status': status, ...fields }, { endStream: true });
    }
  }

  write(chunk: Uint8Array): boolean {
    const stream = this.#stream;
    if (!stream.writable) return true;
    this.bytesOut += chunk.length;
    if (stream.write(chunk)) return true;
    stream.setTimeout(this.#limits.stallMs);
    return false;
  }

  end(trailers?: Fields): void {
    if (trailers !== undefined) this.#responseTrailers = trailers;
    this.#stream.setTimeout(this.#limits.stallMs);
    this.#stream.end();
  }

  abort(): void {
    // `close` would first end the stream properly.
    this.#stream.destroy(new Error('the upstream broke off'));
  }

  onDrain(listener: () => void): void {
    this.#stream.on('drain', () => {
      this.#stream.setTimeout(this.#limits.idleMs);
      listener();
    });
  }

  onClose(listener: () => void): void {
    this.#stream.once('close', listener);
  }
}

const CONTINUE = 100;

function isOpen(stream: ServerHttp2Stream): boolean {
  return !stream.destroyed && !stream.closed;
}
