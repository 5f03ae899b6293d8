/**
 * One look at an upstream beside the traffic.
 *
 * @module
 */
import { type ClientRequest, request as startRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import { hostPort } from '../core/host-port.ts';
import type { HealthCheck, ProxyVersion, Upstream } from '../feed/upstream.ts';
import { writeProxyHeaderV1, writeProxyHeaderV2 } from '../wire/write-proxy-header.ts';
import { dial } from './dial.ts';
import type { UpstreamContexts } from './upstream-contexts.ts';

export interface CheckOptions {
  readonly health: HealthCheck;
  readonly proxyProtocol: ProxyVersion | undefined;
  readonly contexts: UpstreamContexts;
}

/** Never rejects; `undefined` when the upstream is well, else what is wrong with it. */
export async function checkUpstream(
  upstream: Upstream,
  { health, proxyProtocol, contexts }: CheckOptions,
): Promise<Error | undefined> {
  const { path, timeoutMs } = health;
  let socket: Socket | undefined;
  try {
    socket = await dial(upstream, { contexts, timeoutMs, preamble: ownHeader(proxyProtocol) });
    if (path === undefined) return undefined;
    const ask = upstream.scheme === 'h2c' ? askHttp2 : askHttp1;
    const status = await within(timeoutMs, ask(socket, authorityOf(upstream), path));
    return judge(status, health);
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(String(thrown));
  } finally {
    socket?.destroy();
  }
}

/** The connection is for nobody else, which each version can say. */
function ownHeader(version: ProxyVersion | undefined): Buffer | undefined {
  if (version === undefined) return undefined;
  return version === 'v1' ? writeProxyHeaderV1(undefined) : writeProxyHeaderV2(undefined);
}

function judge(status: number, health: HealthCheck): Error | undefined {
  const isExpected =
    health.status === undefined ? status >= 200 && status < 400 : status === health.status;
  return isExpected ? undefined : new Error(`the check was answered with status ${status}`);
}

function authorityOf({ target, tls }: Upstream): string {
  if (tls?.serverName !== undefined) return tls.serverName;
  return 'path' in target ? 'localhost' : hostPort({ address: target.host, port: target.port });
}

function askHttp1(socket: Socket, host: string, path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request: ClientRequest = startRequest({
    createConnection: () => socket,
    path,
    setHost: false,
    headers: { host, connection: 'close', 'user-agent': USER_AGENT },
  });
  request.once('response', (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  request.on('error', reject);
  request.once('upgrade', () => reject(new Error('the check was answered with an upgrade')));
  request.end();
  return promise;
}

function askHttp2(socket: Socket, authority: string, path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const session = connectHttp2(`http://${authority}`, { createConnection: () => socket });
  session.on('error', reject);
  const stream = session.request({ ':path': path, 'user-agent': USER_AGENT });
  stream.on('error', reject);
  stream.once('response', (headers) => resolve(headers[':status'] ?? 0));
  stream.once('close', () => reject(new Error('the check was not answered')));
  return promise.finally(() => session.destroy());
}

const USER_AGENT = 'certctl-health';

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => {});
  }
}
