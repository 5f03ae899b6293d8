/**
 * Requests that turn a connection into something else, such as a WebSocket.
 *
 * @module
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorPage } from './error-page.ts';
import type { Exchange } from './exchange.ts';
import type { Upstream } from '../feed/upstream.ts';
import type { Span } from '../observe/tracing/span.ts';
import { toUpstreamHeaders } from './forwarded-headers.ts';
import type { ProxyParts } from './passage.ts';
import { objectionTo } from './proxy-request.ts';
import { bind, limitSilence } from './relay.ts';
import type { TerminatorLimits } from './settings.ts';
import { openRequest } from './send-streamed.ts';
import type { UpgradeClient } from './upgrade-client.ts';
import { reportFailure } from './upstream-failure.ts';

export type UpgradeRequest = Pick<
  Exchange,
  'connection' | 'method' | 'path' | 'authority' | 'headers' | 'origin'
> & {
  readonly protocol: string;
  /** What the client sent after the request. */
  readonly head: Buffer;
  readonly outcome: Outcome;
  /** Whether the upstream may do what it answers; absent: it may. */
  readonly isFulfilled?: (response: IncomingMessage) => boolean;
};

/** What became of a request, as far as it came. */
export interface Outcome {
  status: number;
  upstream?: Upstream;
  requestId?: string | undefined;
  span?: Span | undefined;
}

type UpgradeLimits = Pick<TerminatorLimits, 'idleMs' | 'halfOpenMs' | 'responseMs'>;

export function relayUpgrade(
  client: UpgradeClient,
  request: UpgradeRequest,
  parts: ProxyParts,
  limits: UpgradeLimits,
): void {
  observe(client, request, parts);
  const objection = objectionTo(request) ?? withoutUpgrade(request);
  if (objection !== undefined) {
    request.outcome.status = objection.status;
    client.refuse(objection);
    return;
  }
  void follow(client, request, parts, limits);
}

/** One line for the whole life of what the connection becomes. */
function observe(client: UpgradeClient, request: UpgradeRequest, parts: ProxyParts): void {
  parts.counters.requests += 1;
  const startedAt = performance.now();
  const { connection, method, path, authority, headers, origin, outcome } = request;
  outcome.span = connection.visit.span?.child('request');
  client.stream.once('close', () => {
    const answered = {
      connection,
      method,
      path,
      authority,
      version: client.version,
      ...outcome,
      bytesOut: client.bytesOut,
      isComplete: outcome.status !== 0,
      headers,
      origin,
    };
    parts.observation.answered(answered, startedAt);
  });
}

function fail(request: UpgradeRequest, parts: ProxyParts, error: Error): ErrorPage {
  const { outcome } = request;
  const page = reportFailure(parts, request, outcome.upstream, error);
  outcome.status = page.status;
  outcome.requestId = page.requestId;
  return page;
}

/** HTTP/2 has no upgrades, and a redirect is an answer to every request. */
function withoutUpgrade({ connection }: UpgradeRequest): ErrorPage | undefined {
  const { upstreams } = connection.endpoint;
  return upstreams.some(({ scheme }) => scheme !== 'h2c')
    ? undefined
    : { status: 501, text: 'No upgrade is possible here.' };
}

/** Never rejects. */
async function follow(
  client: UpgradeClient,
  request: UpgradeRequest,
  parts: ProxyParts,
  limits: UpgradeLimits,
): Promise<void> {
  try {
    const upstreamRequest = await open(request, parts, client, limits);
    relay(upstreamRequest, client, request, parts, limits);
    client.stream.once('close', () => upstreamRequest.destroy());
    if (client.stream.destroyed) upstreamRequest.destroy();
    else upstreamRequest.end();
  } catch (thrown) {
    if (client.stream.destroyed) return;
    client.refuse(fail(request, parts, thrown as Error));
  }
}

async function open(
  request: UpgradeRequest,
  parts: ProxyParts,
  client: UpgradeClient,
  limits: UpgradeLimits,
): Promise<ClientRequest> {
  const { connection, method, path, protocol, outcome } = request;
  const { upstreams } = connection.endpoint;
  const able = { upstreams: upstreams.filter(({ scheme }) => scheme !== 'h2c') };
  const { socket, upstream } = await parts.upstreams.connect(
    able,
    {},
    () => !client.stream.destroyed,
  );
  outcome.upstream = upstream;
  const headers = [
    ...toUpstreamHeaders(request, outcome.span),
    'connection',
    'upgrade',
    'upgrade',
    protocol,
  ];
  try {
    return openRequest(socket, { method, path, headers }, limits);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

function relay(
  upstreamRequest: ClientRequest,
  client: UpgradeClient,
  request: UpgradeRequest,
  parts: ProxyParts,
  limits: UpgradeLimits,
): void {
  const { head, outcome, isFulfilled } = request;
  const { stream } = client;
  let hasAnswered = false;
  const giveUp = (error: Error): void => {
    if (stream.destroyed) return;
    if (hasAnswered) {
      stream.destroy();
      return;
    }
    const page = fail(request, parts, error);
    if (stream.writable) client.refuse(page);
  };
  /** What the upstream may say and what we may are not quite the same. */
  const answer = (status: number, from: { destroy(): unknown }, send: () => void): boolean => {
    try {
      send();
      hasAnswered = true;
      outcome.status = status;
    } catch (thrown) {
      from.destroy();
      giveUp(thrown as Error);
    }
    return hasAnswered;
  };
  upstreamRequest.on('error', giveUp);
  upstreamRequest.once('response', (response) => {
    answer(response.statusCode ?? 502, upstreamRequest, () => client.decline(response));
  });
  upstreamRequest.once('upgrade', (response, upstream: Socket, upstreamHead: Buffer) => {
    if (isFulfilled?.(response) === false) {
      upstream.destroy();
      giveUp(new Error('the upstream did not answer the key of the WebSocket'));
      return;
    }
    if (!answer(SWITCHING, upstream, () => client.accept(response))) return;
    upstream.setTimeout(0);
    if (upstreamHead.length > 0) stream.write(upstreamHead);
    if (head.length > 0) upstream.write(head);
    limitSilence(stream as Socket, upstream, limits);
    stream.pipe(upstream);
    upstream.pipe(stream);
    bind(stream, upstream);
    bind(upstream, stream);
  });
}

const SWITCHING = 101;
