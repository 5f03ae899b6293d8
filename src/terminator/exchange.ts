/**
 * One HTTP request and the way to answer it, whichever version the client speaks.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import type { Name } from '../core/names.ts';
import type { Endpoint } from '../feed/feed.ts';
import type { FlatHeaders } from './forwarded-headers.ts';
import type { TlsFacts } from './tls-facts.ts';

/** What is known about an HTTP connection from its handshake. */
export interface HttpConnection {
  readonly name: Name;
  readonly endpoint: Endpoint;
  readonly clientAddress: string;
  readonly tls: TlsFacts;
}

export interface Exchange {
  readonly connection: HttpConnection;
  readonly method: string;
  /** Begins with `/`, or is `*`. */
  readonly path: string;
  readonly authority: string;
  readonly headers: FlatHeaders;
  /** `undefined` when the request has no body. */
  readonly body: Readable | undefined;

  readonly hasResponded: boolean;
  respond(status: number, headers: Record<string, string | string[]>): void;
  /** False when the client is slower; `onDrain` tells when to go on. */
  write(chunk: Uint8Array): boolean;
  end(): void;
  /** Breaks a response off so that the client cannot take it for complete. */
  abort(): void;
  onDrain(listener: () => void): void;
  /** The client is gone, or the response is finished. */
  onClose(listener: () => void): void;
}

/** A small answer of our own. */
export function answer(exchange: Exchange, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  exchange.respond(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(body.length),
  });
  if (exchange.method !== 'HEAD') exchange.write(body);
  exchange.end();
}
