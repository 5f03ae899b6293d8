/**
 * HTTP/2 on terminated connections.
 *
 * @module
 */
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import { BoundedMap } from './bounded-map.ts';
import { type Contexts, policyId } from './contexts.ts';
import type { Exchange, HttpConnection } from './exchange.ts';
import type { FlatHeaders } from './forwarded-headers.ts';
import { type ProxyParts, proxyRequest } from './proxy-request.ts';
import type { TerminatingRoute } from './routing.ts';
import type { TerminatorLimits } from './settings.ts';

interface Visit {
  readonly raw: Socket;
  readonly connection: HttpConnection;
  readonly secureContext: SecureContext;
}

/**
 * Node's HTTP/2 stays silent on a TLS socket that was made elsewhere, so there is one server for
 * each policy, which gets the raw connection and its certificate by callback.
 */
export class Http2 {
  readonly #servers: BoundedMap<string, Http2SecureServer>;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** A TLS socket does not show the connection below it, but has its addresses. */
  readonly #visits = new Map<string, Visit>();
  readonly #contexts: Contexts;
  readonly #parts: ProxyParts;
  readonly #limits: TerminatorLimits;
  #isDraining = false;

  constructor(contexts: Contexts, parts: ProxyParts, limits: TerminatorLimits) {
    this.#contexts = contexts;
    this.#parts = parts;
    this.#limits = limits;
    this.#servers = new BoundedMap(MOST_SERVERS);
  }

  /** Without `serverName` no callback asks for a certificate, so the server itself must have it. */
  accept(
    raw: Socket,
    route: TerminatingRoute,
    connection: HttpConnection,
    serverName: string | undefined,
  ): void {
    const hasServerName = serverName !== undefined;
    const { policy, credential } = route;
    // A client that ends its side of an HTTP/2 connection is gone; the session does not see it itself.
    raw.allowHalfOpen = false;
    const secureContext = this.#contexts.find(credential, policy);
    const visitKey = keyOf(raw);
    this.#visits.set(visitKey, { raw, connection, secureContext });
    raw.once('close', () => this.#visits.delete(visitKey));

    const key = `${policyId(policy)} ${hasServerName ? '' : credential.fingerprint256}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      server = this.#createServer(route, hasServerName);
      this.#servers.set(key, server);
    }
    server.emit('connection', raw);
  }

  /** For contexts that changed: connections that are open keep the server they have. */
  forgetServers(): void {
    this.#servers.clear();
  }

  /** Sessions finish the streams they have. */
  drain(): void {
    this.#isDraining = true;
    for (const session of this.#sessions) session.close();
  }

  #createServer(route: TerminatingRoute, hasServerName: boolean): Http2SecureServer {
    const visits = this.#visits;
    const { chainPem, privateKeyPem } = route.credential;
    const server = createSecureServer({
      ...this.#contexts.optionsFor(route.policy),
      ...(hasServerName ? {} : { cert: chainPem, key: privateKeyPem }),
      ALPNProtocols: ['h2'],
      handshakeTimeout: this.#limits.handshakeMs,
      settings: {
        maxConcurrentStreams: this.#limits.streams,
        maxHeaderListSize: this.#limits.headerBytes,
        enablePush: false,
      },
      maxSessionInvalidFrames: MOST_INVALID_FRAMES,
      maxSessionMemory: MOST_SESSION_MEGABYTES,
      streamResetBurst: RESET_BURST,
      streamResetRate: RESETS_PER_SECOND,
      SNICallback(this: TLSSocket, _serverName, callback) {
        const visit = visits.get(keyOf(this));
        if (visit === undefined) callback(new Error('the connection is gone'));
        else callback(null, visit.secureContext);
      },
    });
    server.on('tlsClientError', (_error, socket) => {
      this.#parts.counters.failedHandshakes += 1;
      socket.destroy();
    });
    server.on('secureConnection', (socket) => {
      this.#parts.counters.handshakes += 1;
      if (socket.isSessionReused()) this.#parts.counters.resumedHandshakes += 1;
      socket.on('error', () => socket.destroy());
    });
    server.on('session', (session) => this.#onSession(session));
    server.on('sessionError', (_error, session) => session.destroy());
    server.on('error', (error) => this.#parts.log.warn({ err: error }, 'an HTTP/2 server failed'));
    return server;
  }

  #onSession(session: ServerHttp2Session): void {
    const visit = this.#visits.get(keyOf(session.socket));
    session.on('error', () => session.destroy());
    if (visit === undefined) {
      session.destroy();
      return;
    }
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    const { raw } = visit;
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
      proxyRequest(http2Exchange(visit.connection, stream, request, this.#limits), this.#parts);
    });
    if (this.#isDraining) session.close();
  }
}

const MOST_SERVERS = 256;
const GOODBYE_MS = 1_000;
const MOST_INVALID_FRAMES = 100;
const MOST_SESSION_MEGABYTES = 10;
const RESET_BURST = 200;
const RESETS_PER_SECOND = 20;

function keyOf(
  socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>,
): string {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

interface Http2Request {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: FlatHeaders;
  readonly hasBody: boolean;
}

function http2Exchange(
  connection: HttpConnection,
  stream: ServerHttp2Stream,
  { headers, rawHeaders, hasBody }: Http2Request,
  { idleMs, stallMs }: Pick<TerminatorLimits, 'idleMs' | 'stallMs'>,
): Exchange {
  stream.on('drain', () => stream.setTimeout(idleMs));
  const authority = headers[':authority'] ?? headers.host ?? connection.name;
  // RFC 9113 §8.3.1: a Host that differs from :authority makes the request malformed.
  const isTorn = headers.host !== undefined && headers.host !== authority;
  return {
    connection,
    method: headers[':method'] ?? '',
    path: headers[':path'] ?? '',
    authority: isTorn ? '' : authority,
    headers: rawHeaders,
    // undici destroys the body of a failed request, and with it would go the response.
    body: hasBody ? stream.pipe(new PassThrough()) : undefined,
    get hasResponded() {
      return stream.headersSent;
    },
    respond: (status, fields) => {
      if (!stream.destroyed && !stream.closed) stream.respond({ ':status': status, ...fields });
    },
    write: (chunk) => {
      if (!stream.writable || stream.write(chunk)) return true;
      stream.setTimeout(stallMs);
      return false;
    },
    end: () => {
      stream.setTimeout(stallMs);
      stream.end();
    },
    // `close` would first end the stream properly.
    abort: () => void stream.destroy(new Error('the upstream broke off')),
    onDrain: (listener) => void stream.on('drain', listener),
    onClose: (listener) => void stream.once('close', listener),
  };
}
