/**
 * HTTP/2 on terminated connections.
 *
 * @module
 */
import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { answer } from './error-page.ts';
import type { Exchange, HttpConnection } from './exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import type { ProxyParts } from './passage.ts';
import { observe, proxyRequest } from './proxy-request.ts';
import type { TerminatorLimits } from './settings.ts';
import { http2UpgradeClient } from './upgrade-client.ts';
import { relayUpgrade } from './upgrade.ts';
import { webSocketHandshake } from './websocket-key.ts';

/** One for all connections: what differs between them was settled in their handshakes. */
export class Http2 {
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #parts: ProxyParts;
  readonly #limits: TerminatorLimits;
  #isDraining = false;

  constructor(parts: ProxyParts, limits: TerminatorLimits) {
    this.#parts = parts;
    this.#limits = limits;
  }

  /**
   * To be called as soon as the handshake is done: bytes that the socket has read by itself already
   * are lost to the session.
   */
  accept(socket: TLSSocket, raw: Socket, connection: HttpConnection): void {
    // A client that ends its side of an HTTP/2 connection is gone; the session does not see it itself.
    raw.allowHalfOpen = false;
    socket.allowHalfOpen = false;
    const session = performServerHandshake(socket, {
      settings: {
        maxConcurrentStreams: this.#limits.streams,
        // Above what is answered with 431, so that there is somebody to answer.
        maxHeaderListSize: HEADER_MARGIN * this.#limits.headerBytes,
        enablePush: false,
        enableConnectProtocol: true,
      },
      maxSessionInvalidFrames: MOST_INVALID_FRAMES,
      maxSessionMemory: MOST_SESSION_MEGABYTES,
      streamResetBurst: RESET_BURST,
      streamResetRate: RESETS_PER_SECOND,
    });
    // The session waits for the client side's event, which a server's socket does not have.
    socket.emit('secureConnect');
    this.#onSession(session, raw, connection);
  }

  /** Sessions finish the streams they have. */
  drain(): void {
    this.#isDraining = true;
    for (const session of this.#sessions) session.close();
  }

  #onSession(session: ServerHttp2Session, raw: Socket, connection: HttpConnection): void {
    session.on('error', () => session.destroy());
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    const streams = new Set<ServerHttp2Stream>();
    session.setTimeout(this.#limits.keepAliveMs, () => {
      if (streams.size > 0) return;
      session.close();
      setTimeout(() => raw.destroy(), GOODBYE_MS).unref();
    });
    session.on('stream', (stream, headers, flags, rawHeaders) => {
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
      stream.on('error', () => stream.destroy());
      stream.setTimeout(this.#limits.idleMs, () => {
        // While a write waits, Node does not see that the client is gone, and closing the session
        // or the stream waits for the same write: only the connection itself can be let go.
        streams.delete(stream);
        if (streams.size === 0) raw.destroy();
        else stream.close(constants.NGHTTP2_CANCEL);
      });
      const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
      const request = { headers, rawHeaders, hasBody };
      const exchange = new Http2Exchange(connection, stream, request, this.#limits);
      if (sizeOf(rawHeaders) > this.#limits.headerBytes) {
        observe(exchange, this.#parts);
        answer(exchange, TOO_LARGE);
      } else if (headers[':protocol'] !== undefined) {
        this.#onExtendedConnect(stream, exchange, headers[':protocol']);
      } else {
        proxyRequest(exchange, this.#parts);
      }
    });
    if (this.#isDraining) session.close();
  }

  /** RFC 8441: what is an upgrade of the whole connection in HTTP/1.1. */
  #onExtendedConnect(stream: ServerHttp2Stream, exchange: Exchange, protocol: string): void {
    const client = http2UpgradeClient(stream);
    const { connection, path, authority, origin } = exchange;
    const { headers, accept } = webSocketHandshake(exchange.headers);
    const asked = {
      connection,
      method: 'GET',
      path,
      authority,
      headers,
      origin,
      protocol,
      head: NOTHING,
      outcome: { status: 0 },
      isFulfilled: (response: IncomingMessage) =>
        response.headers['sec-websocket-accept'] === accept,
    };
    relayUpgrade(client, asked, this.#parts, this.#limits);
  }
}

const NOTHING = Buffer.alloc(0);

const TOO_LARGE = { status: 431, text: 'Request Header Fields Too Large.' };
const HEADER_MARGIN = 2;
const GOODBYE_MS = 1_000;
const MOST_INVALID_FRAMES = 100;
const MOST_SESSION_MEGABYTES = 10;
const RESET_BURST = 200;
const RESETS_PER_SECOND = 20;

/** As the octets of HTTP/1.1 are counted. */
function sizeOf(rawHeaders: readonly string[]): number {
  let size = 0;
  for (const text of rawHeaders) size += text.length + 2;
  return size;
}
