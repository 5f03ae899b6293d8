/**
 * Requests that turn a connection into something else, such as a WebSocket.
 *
 * @module
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ErrorPage, rawResponse } from './error-page.ts';
import { type Exchange, originOf } from './exchange.ts';
import type { Upstream } from '../feed/upstream.ts';
import { toUpstreamHeaders } from './forwarded-headers.ts';
import type { ProxyParts } from './passage.ts';
import { objectionTo } from './proxy-request.ts';
import { bind, limitSilence } from './relay.ts';
import type { TerminatorLimits } from './settings.ts';
import { openRequest } from './send-streamed.ts';
import { reportFailure } from './upstream-failure.ts';

export type UpgradeRequest = Pick<
  Exchange,
  'connection' | 'method' | 'path' | 'authority' | 'headers'
> & {
  readonly protocol: string;
  /** What the client sent after the request. */
  readonly head: Buffer;
  readonly outcome: Outcome;
};

/** What became of a request, as far as it came. */
export interface Outcome {
  status: number;
  upstream?: Upstream;
  requestId?: string | undefined;
}

type UpgradeLimits = Pick<TerminatorLimits, 'idleMs' | 'halfOpenMs' | 'responseMs'>;

export function relayUpgrade(
  client: Duplex,
  request: UpgradeRequest,
  parts: ProxyParts,
  limits: UpgradeLimits,
): void {
  observe(client, request, parts);
  const objection = objectionTo(request) ?? withoutUpgrade(request);
  if (objection !== undefined) {
    request.outcome.status = objection.status;
    client.end(rawResponse(objection));
    return;
  }
  void follow(client, request, parts, limits);
}

/** One line for the whole life of what the connection becomes. */
function observe(client: Duplex, request: UpgradeRequest, parts: ProxyParts): void {
  parts.counters.requests += 1;
  const startedAt = performance.now();
  const { connection, method, path, authority, headers, outcome } = request;
  client.once('close', () => {
    const { bytesWritten = 0 } = client as Partial<Socket>;
    const answered = {
      connection,
      method,
      path,
      authority,
      version: '1.1',
      ...outcome,
      bytesOut: bytesWritten,
      isComplete: outcome.status !== 0,
      headers,
    };
    parts.observation.answered(answered, startedAt);
  });
}

function fail({ connection, outcome }: UpgradeRequest, parts: ProxyParts, error: Error): ErrorPage {
  const page = reportFailure(parts, connection, outcome.upstream, error);
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
  client: Duplex,
  request: UpgradeRequest,
  parts: ProxyParts,
  limits: UpgradeLimits,
): Promise<void> {
  try {
    const upstreamRequest = await open(request, parts, client, limits);
    relay(upstreamRequest, client, request, parts, limits);
    client.once('close', () => upstreamRequest.destroy());
    if (client.destroyed) upstreamRequest.destroy();
    else upstreamRequest.end();
  } catch (thrown) {
    if (client.destroyed) return;
    client.end(rawResponse(fail(request, parts, thrown as Error)));
  }
}

async function open(
  { connection, method, path, authority, protocol, headers, outcome }: UpgradeRequest,
  parts: ProxyParts,
  client: Duplex,
  limits: UpgradeLimits,
): Promise<ClientRequest> {
  const { upstreams } = connection.endpoint;
  const able = { upstreams: upstreams.filter(({ scheme }) => scheme !== 'h2c') };
  const { socket, upstream } = await parts.upstreams.connect(able, {}, () => !client.destroyed);
  outcome.upstream = upstream;
  const kept = toUpstreamHeaders({ headers, authority, ...originOf(connection) });
  const all = [...kept, 'connection', 'upgrade', 'upgrade', protocol];
  try {
    return openRequest(socket, { method, path, headers: all }, limits);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

function relay(
  upstreamRequest: ClientRequest,
  client: Duplex,
  request: UpgradeRequest,
  parts: ProxyParts,
  limits: UpgradeLimits,
): void {
  const { head, outcome } = request;
  let hasAnswered = false;
  upstreamRequest.on('error', (error) => {
    if (client.destroyed) return;
    if (hasAnswered) {
      client.destroy();
      return;
    }
    const page = fail(request, parts, error);
    if (client.writable) client.end(rawResponse(page));
  });
  upstreamRequest.once('response', (response) => {
    // The upstream declines: its answer ends the connection, as no length was agreed on with it.
    hasAnswered = true;
    outcome.status = response.statusCode ?? 502;
    client.write(headOf(response));
    response.pipe(client);
  });
  upstreamRequest.once('upgrade', (response, upstream: Socket, upstreamHead: Buffer) => {
    hasAnswered = true;
    outcome.status = 101;
    upstream.setTimeout(0);
    client.write(headOf(response));
    if (upstreamHead.length > 0) client.write(upstreamHead);
    if (head.length > 0) upstream.write(head);
    limitSilence(client as Socket, upstream, limits);
    client.pipe(upstream);
    upstream.pipe(client);
    bind(client, upstream);
    bind(upstream, client);
  });
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
