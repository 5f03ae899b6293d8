/**
 * HTTP/1.1 on connections that are open already.
 *
 * @module
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { rawResponse } from './error-page.ts';
import type { HttpConnection } from './exchange.ts';
import { authorityOf, Http1Exchange } from './http1-exchange.ts';
import { boundRest } from './linger.ts';
import { originOf } from './origin.ts';
import type { ProxyParts } from './passage.ts';
import { Pipelines } from './pipeline.ts';
import { proxyRequest } from './proxy-request.ts';
import type { TerminatorLimits } from './settings.ts';
import { http1UpgradeClient } from './upgrade-client.ts';
import { relayUpgrade } from './upgrade.ts';

export class Http1 {
  readonly #server: Server;
  readonly #connections = new WeakMap<Duplex, HttpConnection>();
  readonly #parts: ProxyParts;
  readonly #limits: TerminatorLimits;
  readonly #pipelines: Pipelines;
  #isDraining = false;

  constructor(parts: ProxyParts, limits: TerminatorLimits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#pipelines = new Pipelines(limits.streams);
    this.#server = createServer(http1Options(limits));
    this.#server.timeout = limits.idleMs;
    this.#server.on('request', (request, response) => this.#onRequest(request, response, false));
    this.#server.on('checkContinue', (request, response) =>
      this.#onRequest(request, response, true),
    );
    // What a client expects besides 100-continue is ignored, as in HTTP/2.
    this.#server.on('checkExpectation', (request, response) =>
      this.#onRequest(request, response, false),
    );
    for (const event of ['upgrade', 'connect'] as const) {
      this.#server.on(event, (request, socket, head) => this.#onUpgrade(request, socket, head));
    }
    this.#server.on('clientError', (error, socket) => {
      const visit = this.#connections.get(socket)?.visit;
      onClientError(error, socket, () => {
        if (visit !== undefined) this.#parts.observation.refuse(visit, 'bad-request');
      });
    });
    // The server listens nowhere itself; this starts its watch over slow headers.
    this.#server.emit('listening');
  }

  accept(socket: Duplex, connection: HttpConnection): void {
    this.#connections.set(socket, connection);
    this.#server.emit('connection', socket);
  }

  /** Requests in progress are answered, and told that no other may follow. */
  drain(): void {
    this.#isDraining = true;
    this.#server.closeIdleConnections();
    this.#server.close();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) {
      request.destroy();
      return;
    }
    boundRest(request, response);
    if (this.#isDraining) response.shouldKeepAlive = false;
    if (isAncient(request)) {
      this.#parts.observation.refuse(connection.visit, 'bad-request');
      request.destroy();
      return;
    }
    this.#pipelines.inTurn(request.socket, response, () =>
      proxyRequest(new Http1Exchange(connection, request, response, expectsContinue), this.#parts),
    );
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const connection = this.#connections.get(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    const { method = '', url: path = '', rawHeaders: headers } = request;
    const authority = authorityOf(request, connection.name);
    const protocol = request.headers.upgrade ?? '';
    const outcome = { status: 0 };
    const origin = originOf(connection, headers);
    const asked = { connection, method, path, authority, headers, origin, protocol, head, outcome };
    relayUpgrade(http1UpgradeClient(socket, this.#limits), asked, this.#parts, this.#limits);
  }
}

/** Of every server that speaks HTTP/1.1 with clients. */
export function http1Options(limits: TerminatorLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.requestHeadersMs,
    // A long upload is as good as a short one; silence is what `timeout` ends.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: CHECK_MS,
    shouldUpgradeCallback: isUpgrade,
    // Requests without it are answered and counted as any other.
    requireHostHeader: false,
  };
}

const CHECK_MS = 1_000;

/** HTTP/0.9 has neither Host nor status: nobody who speaks it means us. */
export function isAncient(request: IncomingMessage): boolean {
  return request.httpVersionMajor < 1;
}

/** Upgrades to HTTP/2 are settled by ALPN, so the request is an ordinary one (RFC 9113 §3.1). */
function isUpgrade(request: IncomingMessage): boolean {
  return !/^h2c?$/i.test(request.headers.upgrade ?? '');
}

/** @param onAnswer called when there is somebody to answer */
export function onClientError(
  error: Error & { code?: string },
  socket: Duplex,
  onAnswer: () => void,
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const isUnused = error.code === TIMED_OUT && (socket as Socket).bytesRead === 0;
  if (isUnused) {
    // Browsers open connections ahead of requests that may never come.
    socket.end(() => socket.destroy());
    return;
  }
  onAnswer();
  const status = CLIENT_ERROR_STATUS[error.code ?? ''] ?? 400;
  const page = { status, text: `${STATUS_CODES[status] ?? ''}.` };
  socket.end(rawResponse(page), () => socket.destroy());
}

const TIMED_OUT = 'ERR_HTTP_REQUEST_TIMEOUT';
const CLIENT_ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  [TIMED_OUT]: 408,
};
