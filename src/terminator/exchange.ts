/**
 * One HTTP request and the way to answer it, whichever version the client speaks.
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import type { Endpoint } from '../feed/feed.ts';
import type { Span } from '../observe/tracing/span.ts';
import type { FlatHeaders } from './flat-headers.ts';
import type { Origin } from './origin.ts';
import type { Upstream } from '../feed/upstream.ts';
import type { Tally, Visit } from './visit.ts';
import type { RequestBody } from './request-body.ts';
import type { TlsFacts } from './tls-facts.ts';

/** What is known about an HTTP connection before its requests. */
export interface HttpConnection {
  readonly name: Name;
  readonly endpoint: Endpoint;
  /** Absent on connections without TLS. */
  readonly tls?: TlsFacts;
  readonly visit: Visit;
  readonly tally: Tally;
}

export type Fields = Record<string, string | string[]>;

export interface Exchange {
  readonly connection: HttpConnection;
  readonly method: string;
  /** Begins with `/`, or is `*`. */
  readonly path: string;
  readonly authority: string;
  readonly headers: FlatHeaders;
  readonly origin: Origin;
  /** `undefined` when the request has no body; a fresh one can be had until the first has begun. */
  openBody(): RequestBody | undefined;
  /** Those of the request, when its body has ended. */
  trailers(): FlatHeaders;
  /** The body is of unknown length, so that trailers may follow it. */
  readonly mayHaveTrailers: boolean;
  readonly expectsContinue: boolean;

  /** `1.0`, `1.1` or `2`. */
  readonly version: string;
  /** 0 before there is one. */
  readonly status: number;
  /** Octets of the body that were given to the client's connection. */
  readonly bytesOut: number;
  /** Whether the whole response was. */
  readonly isComplete: boolean;
  /** The last that was asked. */
  upstream?: Upstream;
  /** Of the line in the log that says more. */
  requestId?: string;
  /** Where the connection is traced. */
  span?: Span | undefined;

  readonly hasResponded: boolean;
  /** The client that waits with its body may send it. */
  proceed(): void;
  /** An interim response, where the client's protocol is safe for it. */
  inform(status: number, headers: Fields): void;
  respond(status: number, headers: Fields, form?: { readonly mayHaveTrailers: boolean }): void;
  /** The whole response, when it has no body. */
  respondEmpty(status: number, headers: Fields): void;
  /** False when the client is slower; `onDrain` tells when to go on. */
  write(chunk: Uint8Array): boolean;
  end(trailers?: Fields): void;
  /** Breaks a response off so that the client cannot take it for complete. */
  abort(): void;
  onDrain(listener: () => void): void;
  /** The client is gone, or the response is finished. */
  onClose(listener: () => void): void;
}
