/**
 * Listeners without TLS: http-01 answers, endpoints that want no TLS, and redirects to https.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import { toAppError } from '../core/errors.ts';
import { bracketed } from '../core/host-port.ts';
import type { Feed } from '../feed/feed.ts';
import type { Log } from '../observe/log.ts';
import { hostOf } from './authority.ts';
import type { Counters } from './counters.ts';
import type { Entries } from './entries.ts';
import type { HttpConnection } from './exchange.ts';
import { http1Options, isAncient, onClientError } from './http1.ts';
import { authorityOf, Http1Exchange } from './http1-exchange.ts';
import { boundRest } from './linger.ts';
import type { Observation } from './observation.ts';
import type { Answered, Visit } from './visit.ts';
import { originOf } from './origin.ts';
import type { ProxyParts } from './passage.ts';
import { Pipelines } from './pipeline.ts';
import { NO_FORWARD_PROXY, proxyRequest } from './proxy-request.ts';
import type { TerminatorSettings } from './settings.ts';
import { http1UpgradeClient } from './upgrade-client.ts';
import { relayUpgrade } from './upgrade.ts';
import { withTimeout } from './with-timeout.ts';

export interface PlainHttpParts {
  readonly feed: Feed;
  readonly entries: Entries;
  /** For endpoints that want to be served without TLS. */
  readonly proxy: ProxyParts;
  readonly log: Log;
  readonly counters: Counters;
  readonly observation: Observation;
  /** Asked at every request, as settings change while connections are open. */
  readonly settings: () => Pick<TerminatorSettings, 'httpsPort' | 'limits'>;
}

export class PlainHttp {
  readonly #server: Server;
  readonly #visits = new WeakMap<Duplex, Visit>();
  readonly #parts: PlainHttpParts;
  readonly #pipelines: Pipelines;

  constructor(parts: PlainHttpParts) {
    this.#parts = parts;
    const { limits } = parts.settings();
    this.#pipelines = new Pipelines(limits.streams);
    this.#server = createServer(http1Options(limits));
    this.#server.timeout = limits.idleMs;
    for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) {
      this.#server.on(event, (request: IncomingMessage, response: ServerResponse) =>
        this.#pipelines.inTurn(
          request.socket,
          response,
          () => void this.#answer(request, response, event === 'checkContinue'),
        ),
      );
    }
    for (const event of ['upgrade', 'connect'] as const) {
      this.#server.on(
        event,
        (request, socket, head) => void this.#onUpgrade(request, socket, head),
      );
    }
    this.#server.on('clientError', (error, socket) => {
      const visit = this.#visits.get(socket);
      onClientError(error, socket, () => {
        if (visit !== undefined) parts.observation.refuse(visit, 'bad-request');
      });
    });
    // The server listens nowhere itself; this starts its watch over slow requests.
    this.#server.emit('listening');
  }

  accept(raw: Socket, visit: Visit): void {
    visit.hasRequests = true;
    this.#visits.set(raw, visit);
    this.#server.emit('connection', raw);
  }

  drain(): void {
    this.#server.closeIdleConnections();
    this.#server.close();
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ): Promise<void> {
    const { url = '' } = request;
    boundRest(request, response);
    if (isAncient(request)) {
      const visit = this.#visits.get(request.socket);
      if (visit !== undefined) this.#parts.observation.refuse(visit, 'bad-request');
      request.destroy();
      return;
    }
    try {
      if (url.startsWith(CHALLENGE_PATH)) {
        this.#observeResponse(request, response);
        const keyAuthorization = await this.#findKeyAuthorization(url.slice(CHALLENGE_PATH.length));
        if (keyAuthorization === undefined) finish(response, 404, 'There is no such challenge.\n');
        // RFC 8555 §8.3: exactly the key authorization; the CA tolerates trailing white space only.
        else finish(response, 200, keyAuthorization, 'application/octet-stream');
        return;
      }
      const connection = await this.#findConnection(request, request.socket);
      if (connection !== undefined) {
        const exchange = new Http1Exchange(connection, request, response, expectsContinue);
        proxyRequest(exchange, this.#parts.proxy);
        return;
      }
      this.#observeResponse(request, response);
      const location = locationOf(url, authorityOf(request, ''), this.#parts.settings().httpsPort);
      if (location === undefined) {
        finish(response, 400, 'The Host of the request is not valid.\n');
      } else {
        response.setHeader('location', location);
        finish(response, 308, `${location}\n`);
      }
    } catch (thrown) {
      this.#parts.log.warn(
        { err: toAppError(thrown) },
        'a plain HTTP request could not be answered',
      );
      finish(response, 503, 'Try again later.\n');
    }
  }

  async #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const { method = '', url: path = '', rawHeaders: headers } = request;
    const { proxy, settings } = this.#parts;
    const client = http1UpgradeClient(socket, settings().limits);
    try {
      const connection = await this.#findConnection(request, socket);
      if (connection === undefined) {
        const page = method === 'CONNECT' ? NO_FORWARD_PROXY : NOTHING_HERE;
        const { status } = page;
        this.#observe(request, socket, () => ({
          status,
          bytesOut: client.bytesOut,
          isComplete: true,
        }));
        client.refuse(page);
        return;
      }
      const authority = authorityOf(request, connection.name);
      const protocol = request.headers.upgrade ?? '';
      const outcome = { status: 0 };
      const origin = originOf(connection, headers);
      const asked = {
        connection,
        method,
        path,
        authority,
        headers,
        origin,
        protocol,
        head,
        outcome,
      };
      relayUpgrade(client, asked, proxy, settings().limits);
    } catch (thrown) {
      this.#parts.log.warn({ err: toAppError(thrown) }, 'an upgrade could not be answered');
      client.refuse({ status: 503, text: 'Try again later.' });
    }
  }

  #observeResponse(request: IncomingMessage, response: ServerResponse): void {
    this.#observe(request, response, () => ({
      status: response.headersSent ? response.statusCode : 0,
      bytesOut: Number(response.getHeader('content-length') ?? 0),
      isComplete: response.writableFinished,
    }));
  }

  /**
   * What is answered here belongs to no endpoint.
   *
   * @param until closes when the answer is over
   */
  #observe(
    request: IncomingMessage,
    until: Writable,
    outcome: () => Pick<Answered, 'status' | 'bytesOut' | 'isComplete'>,
  ): void {
    const { observation } = this.#parts;
    const visit = this.#visits.get(request.socket);
    if (visit === undefined) return;
    const startedAt = performance.now();
    const connection = { visit, tally: observation.tallyOf(undefined) };
    const span = visit.span?.child('request');
    until.once('close', () => {
      const answered = {
        connection,
        method: request.method ?? '',
        path: request.url ?? '',
        authority: authorityOf(request, ''),
        version: `1.${request.httpVersionMinor}`,
        ...outcome(),
        span,
        headers: request.rawHeaders,
        origin: originOf({ visit }, request.rawHeaders),
      };
      observation.answered(answered, startedAt);
    });
  }

  /** When the host of the request has an endpoint that is served without TLS. */
  async #findConnection(
    request: IncomingMessage,
    socket: Duplex,
  ): Promise<HttpConnection | undefined> {
    const name = hostOf(authorityOf(request, ''));
    const visit = this.#visits.get(socket);
    if (name === undefined || visit === undefined) return undefined;
    const { entries, observation } = this.#parts;
    const endpoint = (await entries.find(name))?.endpoint;
    if (endpoint === undefined) observation.unknownNames.note(name);
    if (endpoint?.protocol !== 'http') return undefined;
    const tally = observation.tallyOf(endpoint);
    return { name, endpoint, visit, tally };
  }

  async #findKeyAuthorization(token: string): Promise<string | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const answer = await withTimeout(
      () => this.#parts.feed.findAnswer({ type: 'http-01', token }),
      this.#parts.settings().limits.lookupMs,
      'looking for an http-01 answer',
    );
    if (answer?.type !== 'http-01') return undefined;
    this.#parts.counters.acmeAnswers += 1;
    return answer.keyAuthorization;
  }
}

const NOTHING_HERE = { status: 404, text: 'There is nothing here without TLS.' };
const CHALLENGE_PATH = '/.well-known/acme-challenge/';
const TOKEN = /^[A-Za-z0-9_-]{1,256}$/;

/** Where the same resource is by https; `undefined` for a Host that no certificate could have. */
function locationOf(path: string, authority: string, httpsPort: number): string | undefined {
  const host = hostOf(authority);
  if (host === undefined || !path.startsWith('/')) return undefined;
  return `https://${bracketed(host)}${httpsPort === 443 ? '' : `:${httpsPort}`}${path}`;
}

function finish(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.statusCode = status;
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(text));
  response.setHeader('cache-control', 'no-store');
  response.end(text);
}
