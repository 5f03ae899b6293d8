/**
 * Passes one HTTP request on to the upstream and the response back.
 *
 * @module
 */
import type { Dispatcher } from 'undici';
import { systemCode } from '../core/errors.ts';
import { type Upstream, upstreamText } from '../feed/upstream.ts';
import type { Log } from '../observe/log.ts';
import { judgeAuthority } from './authority.ts';
import type { Counters } from './counters.ts';
import { answer, type Exchange } from './exchange.ts';
import { toClientHeaders, toUpstreamHeaders } from './forwarded-headers.ts';
import type { UpstreamPools } from './upstream-pools.ts';

export interface ProxyParts {
  readonly pools: UpstreamPools;
  readonly counters: Counters;
  readonly log: Log;
}

export function proxyRequest(exchange: Exchange, parts: ProxyParts): void {
  parts.counters.requests += 1;
  const objection = objectionTo(exchange);
  if (objection !== undefined) {
    answer(exchange, ...objection);
    return;
  }
  forward(exchange, parts, isRepeatable(exchange));
}

/** Why a request cannot be passed on, as status and text. */
export function objectionTo(
  request: Pick<Exchange, 'method' | 'path' | 'authority' | 'connection'>,
): [status: number, text: string] | undefined {
  if (request.method === 'CONNECT') return [405, 'This server is no forward proxy.'];
  // RFC 9112 §3.2.2: a whole URL would name the host a second time, and perhaps another one.
  if (!request.path.startsWith('/') && request.path !== '*') {
    return [400, 'The request target must be a path.'];
  }
  switch (judgeAuthority(request.authority, request.connection)) {
    case 'malformed':
      return [400, 'The Host of the request is not valid.'];
    case 'misdirected':
      return [421, 'This connection is for another host.'];
    case 'accepted':
  }
  return undefined;
}

function forward(exchange: Exchange, parts: ProxyParts, mayRepeat: boolean): void {
  const { connection } = exchange;
  const [upstream] = connection.endpoint.upstreams;
  if (upstream === undefined) throw new TypeError('an endpoint without upstream');
  let abort: ((reason: Error) => void) | undefined;
  let isClosed = false;
  exchange.onClose(() => {
    isClosed = true;
    abort?.(CLIENT_GONE);
  });

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      if (isClosed) controller.abort(CLIENT_GONE);
      else abort = (reason) => controller.abort(reason);
      exchange.onDrain(() => controller.resume());
    },
    onResponseStart(_controller, status, headers) {
      if (status >= FIRST_FINAL_STATUS) exchange.respond(status, toClientHeaders(headers));
    },
    onResponseData(controller, chunk) {
      if (!exchange.write(chunk)) controller.pause();
    },
    onResponseEnd() {
      abort = undefined;
      exchange.end();
    },
    onResponseError(_controller, error) {
      abort = undefined;
      if (isClosed) return;
      if (mayRepeat && !exchange.hasResponded && isStaleConnection(error)) {
        forward(exchange, parts, false);
        return;
      }
      fail(exchange, upstream, parts, error);
    },
  };
  try {
    parts.pools.find(upstream).dispatch(
      {
        method: exchange.method,
        path: exchange.path,
        headers: toUpstreamHeaders({
          headers: exchange.headers,
          authority: exchange.authority,
          clientAddress: connection.clientAddress,
          clientCertificate: connection.tls.clientCertificate,
        }),
        body: exchange.body ?? null,
      },
      handler,
    );
  } catch (thrown) {
    // undici refuses requests that HTTP/1.1 cannot carry, such as a path with a space.
    if (!isClosed && !exchange.hasResponded) answer(exchange, 400, 'The request is not valid.');
    parts.log.debug({ err: thrown }, 'a request could not be passed on');
  }
}

const CLIENT_GONE = new Error('the client is gone');
const FIRST_FINAL_STATUS = 200;

function fail(exchange: Exchange, upstream: Upstream, parts: ProxyParts, error: Error): void {
  const { endpoint } = exchange.connection;
  parts.counters.upstreamFailures += 1;
  parts.log.warn(
    {
      endpoint: endpoint.host,
      upstream: upstreamText(upstream),
      error: error.message,
      code: systemCode(error),
    },
    'the upstream failed',
  );
  if (exchange.hasResponded) exchange.abort();
  else if (TIMEOUTS.has(systemCode(error) ?? ''))
    answer(exchange, 504, 'The upstream did not answer in time.');
  else answer(exchange, 502, 'The upstream cannot be reached.');
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

/** Methods that RFC 9110 §9.2.1 calls safe, while nothing of a body was used up. */
function isRepeatable(exchange: Exchange): boolean {
  return exchange.body === undefined && ['GET', 'HEAD', 'OPTIONS'].includes(exchange.method);
}

/** The upstream closed an idle connection in the very moment in which it was to be used again. */
function isStaleConnection(error: Error): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '');
}
