/**
 * HTTPS to one ACME server: bounded in size, time and connections, and cancellable.
 *
 * Node's own client serves here because it is there at once: loading undici costs more than the
 * whole handshake of a first request.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as openRequest } from 'node:https';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Throttle } from './throttle.ts';
import { hostOf } from './https-url.ts';
import { timeoutError, transportError } from './transport-error.ts';
import { trustWith } from './trust.ts';

export interface TransportOptions {
  /** PEM of roots to trust besides the default ones. */
  readonly caBundle?: string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
  /** Waits for leave to send one request; without it nobody waits. */
  readonly throttle?: Throttle | undefined;
  /** From the first byte sent to the last received, per request. */
  readonly requestTimeoutMs?: number | undefined;
}

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  /** For messages: an infinitive such as `create an order for a.example`. */
  readonly attempted: string;
  readonly accept?: string | undefined;
  /** A JWS in its JSON form. */
  readonly body?: string | undefined;
  readonly limitBytes?: number | undefined;
}

export interface TransportResponse {
  readonly url: string;
  readonly status: number;
  /** By lower-case name; one that came several times is joined by commas (RFC 9110 §5.3). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly receivedAt: Date;
}

export interface Transport extends AsyncDisposable {
  /**
   * One request and its answer, whatever its status; nothing is sent twice.
   *
   * @throws `acme/unreachable`, `acme/untrusted`, `acme/timeout`, `acme/bad-response`
   */
  send(request: TransportRequest, signal?: AbortSignal): Promise<TransportResponse>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const JSON_LIMIT_BYTES = 1_048_576;
const MOST_CONNECTIONS = 10;
/** Shorter than servers keep idle connections, so that a POST seldom meets one being closed. */
const IDLE_CONNECTION_MS = 5_000;

export function openTransport(options: TransportOptions): Transport {
  const secureContext = options.caBundle === undefined ? undefined : trustWith(options.caBundle);
  const agent = new Agent({
    keepAlive: true,
    maxSockets: MOST_CONNECTIONS,
    timeout: IDLE_CONNECTION_MS,
    ...(secureContext === undefined ? {} : { secureContext }),
  });
  const closing = new AbortController();
  return {
    send: async (request, signal) => {
      const { throttle } = options;
      if (throttle !== undefined) {
        const ends = signal === undefined ? [] : [signal];
        await throttle(AbortSignal.any([closing.signal, ...ends]));
      }
      return send(request, agent, options, [closing.signal, signal]);
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new AppError('acme/unreachable', 'the ACME client was closed'));
      agent.destroy();
    },
  };
}

async function send(
  request: TransportRequest,
  agent: Agent,
  options: TransportOptions,
  signals: readonly (AbortSignal | undefined)[],
): Promise<TransportResponse> {
  for (const signal of signals) signal?.throwIfAborted();
  const timeoutMs = options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>();
  const outgoing = openRequest(request.url, {
    method: request.method,
    agent,
    headers: {
      'User-Agent': options.userAgent,
      Accept: request.accept ?? 'application/json, application/problem+json',
      ...(request.body === undefined ? {} : { 'Content-Type': 'application/jose+json' }),
    },
  });
  const fail = (reason: unknown): void => {
    reject(reason);
    outgoing.destroy();
  };
  const broken = (thrown: unknown): void =>
    fail(transportError(thrown, request.url, request.attempted));
  const timer = setTimeout(
    () => fail(timeoutError(request.url, request.attempted, timeoutMs)),
    timeoutMs,
  );
  const unlisten = signals.map((signal) => onAbort(signal, fail));

  outgoing.on('error', broken);
  outgoing.on('response', (incoming) => {
    incoming.on('error', broken);
    collect(incoming, request.limitBytes ?? JSON_LIMIT_BYTES, fail, request, (body) =>
      resolve({
        url: request.url,
        status: incoming.statusCode ?? 0,
        headers: joined(incoming.headers),
        body,
        receivedAt: options.clock.now(),
      }),
    );
  });
  outgoing.end(request.body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    for (const stop of unlisten) stop();
  }
}

function collect(
  incoming: IncomingMessage,
  limitBytes: number,
  fail: (reason: unknown) => void,
  request: TransportRequest,
  done: (body: string) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limitBytes) fail(tooLarge(request, limitBytes));
    else chunks.push(chunk);
  });
  incoming.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
}

function joined(headers: IncomingHttpHeaders): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(pairs);
}

/** @returns what ends the listening. */
function onAbort(signal: AbortSignal | undefined, act: (reason: unknown) => void): () => void {
  const listener = (): void => act(signal?.reason);
  signal?.addEventListener('abort', listener, { once: true });
  return () => signal?.removeEventListener('abort', listener);
}

function tooLarge(request: TransportRequest, limitBytes: number): AppError {
  return new AppError(
    'acme/bad-response',
    `${hostOf(request.url)} answers with more than ${limitBytes} bytes, to ${request.attempted}`,
    { context: { url: request.url, limitBytes }, mend: 'Check the directory URL.' },
  );
}
