/**
 * HTTP/1.1 on terminated connections.
 *
 * @module
 */
import {
  createServer,
  type IncomingMessage,
  request as startRequest,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Exchange, HttpConnection } from './exchange.ts';
import { toUpstreamHeaders, valuesOf } from './forwarded-headers.ts';
import { objectionTo, type ProxyParts, proxyRequest } from './proxy-request.ts';
import { bind } from './relay.ts';
import type { TerminatorLimits } from './settings.ts';

export class Http1 {
  readonly #server: Server;
  readonly #connections = new WeakMap<Duplex, HttpConnection>();
  readonly #parts: ProxyParts;
  readonly #limits: TerminatorLimits;
  #isDraining = false;

  constructor(parts: ProxyParts, limits: TerminatorLimits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#server = createServer({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.requestHeadersMs,
      // A long upload is as good as a short one; silence is what `timeout` ends.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: CHECK_MS,
      shouldUpgradeCallback: isUpgrade,
    });
    this.#server.timeout = limits.idleMs;
    this.#server.on('request', (request, response) => this.#onRequest(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#server.on('clientError', onClientError);
    // The server listens nowhere itself; this starts its watch over slow headers.
    this.#server.emit('listening');
  }

  accept(socket: TLSSocket, connection: HttpConnection): void {
    this.#connections.set(socket, connection);
    this.#server.emit('connection', socket);
  }

  /** Requests in progress are answered, and told that no other may follow. */
  drain(): void {
    this.#isDraining = true;
    this.#server.closeIdleConnections();
    this.#server.close();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) {
      request.destroy();
      return;
    }
    if (this.#isDraining) response.shouldKeepAlive = false;
    proxyRequest(http1Exchange(connection, request, response), this.#parts);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const connection = this.#connections.get(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    this.#parts.counters.requests += 1;
    const authority = authorityOf(request, connection);
    const { method = '', url: path = '' } = request;
    const objection = objectionTo({ method, path, authority, connection });
    if (objection !== undefined) {
      socket.end(plainResponse(...objection));
      return;
    }
    const { clientAddress, endpoint, tls } = connection;
    const headers = toUpstreamHeaders({
      headers: request.rawHeaders,
      authority,
      clientAddress,
      clientCertificate: tls.clientCertificate,
    });
    const upstreamRequest = startRequest({
      ...endpoint.upstreams[0]?.target,
      method,
      path,
      agent: false,
      setHost: false,
      timeout: this.#limits.responseMs,
      headers: [...headers, 'connection', 'upgrade', 'upgrade', request.headers.upgrade ?? ''],
    });
    this.#connectUpgrade(upstreamRequest, socket, head);
    socket.once('close', () => upstreamRequest.destroy());
    upstreamRequest.end();
  }

  #connectUpgrade(
    upstreamRequest: ReturnType<typeof startRequest>,
    socket: Duplex,
    head: Buffer,
  ): void {
    upstreamRequest.once('timeout', () => upstreamRequest.destroy());
    upstreamRequest.on('error', () => {
      if (socket.destroyed) return;
      this.#parts.counters.upstreamFailures += 1;
      if (socket.writable) socket.end(plainResponse(502, 'The upstream cannot be reached.'));
    });
    upstreamRequest.once('response', (response) => {
      // The upstream declines: its answer ends the connection, as no length was agreed on with it.
      socket.write(headOf(response));
      response.pipe(socket);
    });
    upstreamRequest.once('upgrade', (response, upstream: Socket, upstreamHead: Buffer) => {
      upstream.setTimeout(0);
      socket.write(headOf(response));
      if (upstreamHead.length > 0) socket.write(upstreamHead);
      if (head.length > 0) upstream.write(head);
      (socket as Socket).setTimeout(this.#limits.idleMs, () => socket.destroy());
      socket.pipe(upstream);
      upstream.pipe(socket);
      bind(socket, upstream);
      bind(upstream, socket);
    });
  }
}

const CHECK_MS = 1_000;

/** Upgrades to HTTP/2 are settled by ALPN, so the request is an ordinary one (RFC 9113 §3.1). */
function isUpgrade(request: IncomingMessage): boolean {
  return !/^h2c?$/i.test(request.headers.upgrade ?? '');
}

function http1Exchange(
  connection: HttpConnection,
  request: IncomingMessage,
  response: ServerResponse,
): Exchange {
  const { method = '', url: path = '', headers } = request;
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return {
    connection,
    method,
    path,
    authority: authorityOf(request, connection),
    headers: request.rawHeaders,
    // undici destroys the body of a failed request, and with it would go the client's connection.
    body: hasBody ? request.pipe(new PassThrough()) : undefined,
    get hasResponded() {
      return response.headersSent;
    },
    respond: (status, fields) => {
      response.writeHead(status, fields);
      // Data that came along with the header leaves with it; data that comes later must not delay it.
      process.nextTick(() => response.flushHeaders());
    },
    write: (chunk) => response.write(chunk),
    end: () => void response.end(),
    abort: () => void response.destroy(),
    onDrain: (listener) => void response.on('drain', listener),
    onClose: (listener) => void response.once('close', listener),
  };
}

/** Two different Host fields become one that no endpoint has. HTTP/1.0 clients may send none. */
function authorityOf(request: IncomingMessage, connection: HttpConnection): string {
  const hosts = valuesOf(request.rawHeaders, 'host');
  return hosts.length === 0 ? connection.name : hosts.join(',');
}

function onClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERROR_STATUS[error.code ?? ''] ?? 400;
  socket.end(plainResponse(status, STATUS_CODES[status] ?? ''), () => socket.destroy());
}

const CLIENT_ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function plainResponse(status: number, text: string): string {
  const body = `${text}\n`;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** The upstream's own header. Node decodes a chunked body, which then ends with the connection. */
function headOf(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${response.statusCode ?? 502} ${response.statusMessage ?? ''}`];
  const isUpgraded = response.statusCode === 101;
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] ?? '';
    if (!isUpgraded && /^(?:connection|keep-alive|transfer-encoding)$/i.test(name)) continue;
    lines.push(`${name}: ${response.rawHeaders[index + 1] ?? ''}`);
  }
  if (!isUpgraded) lines.push('connection: close');
  return `${lines.join('\r\n')}\r\n\r\n`;
}
