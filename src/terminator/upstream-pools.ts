/**
 * Sends requests to HTTP upstreams, each the way that it needs.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type buildConnector, Pool } from 'undici';
import { AppError } from '../core/errors.ts';
import { type Upstream, upstreamText } from '../feed/upstream.ts';
import { BoundedMap } from '../core/bounded-map.ts';
import { dial } from './dial.ts';
import { Http2Upstream } from './http2-upstream.ts';
import { type PooledLine, sendPooled } from './send-pooled.ts';
import { LONGEST_RESPONSE_HEADER, sendStreamed } from './send-streamed.ts';
import type { TerminatorLimits } from './settings.ts';
import { Shares } from './shares.ts';
import { OVERLOADED } from './upstream-failure.ts';
import type { UpstreamContexts } from './upstream-contexts.ts';
import type { ResponseSink, UpstreamRequest } from './upstream-request.ts';

type PoolLimits = Pick<
  TerminatorLimits,
  'upstreamConnections' | 'connectMs' | 'responseMs' | 'idleMs'
>;

type Connected = Parameters<buildConnector.connector>[1];

export class UpstreamPools {
  readonly #pools: BoundedMap<string, PooledLine>;
  readonly #http2: BoundedMap<string, Http2Upstream>;
  /** Entries of the feed are kept as they are, so that most requests meet a known object. */
  readonly #keys = new WeakMap<Upstream, string>();
  readonly #contexts: UpstreamContexts;
  readonly #limits: PoolLimits;

  constructor(contexts: UpstreamContexts, limits: PoolLimits) {
    this.#contexts = contexts;
    this.#limits = limits;
    this.#pools = new BoundedMap(MOST_POOLS, ({ pool }) => void pool.close().catch(() => {}));
    this.#http2 = new BoundedMap(MOST_POOLS, (upstream) => upstream.close());
  }

  /**
   * Failures come by the sink: `upstream/unreachable` and `upstream/untrusted` when nothing was sent.
   *
   * @throws for a request that HTTP cannot carry.
   */
  send(upstream: Upstream, request: UpstreamRequest, sink: ResponseSink): void {
    if (upstream.scheme === 'h2c') void this.#findHttp2(upstream).send(request, sink);
    else if (request.expectsContinue || request.mayHaveTrailers) {
      void this.#sendStreamed(upstream, request, sink);
    } else this.#sendPooled(upstream, request, sink);
  }

  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()];
    for (const upstream of this.#http2.values()) upstream.destroy();
    this.#pools.clear();
    this.#http2.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }

  #sendPooled(upstream: Upstream, request: UpstreamRequest, sink: ResponseSink): void {
    const line = this.#findPool(upstream);
    const isRoom = line.open < this.#limits.upstreamConnections + MOST_WAITING;
    if (isRoom && sendPooled(line, request, sink)) return;
    sink.onError(Object.assign(new Error('too many requests wait'), { code: OVERLOADED }));
  }

  /** Never rejects. */
  async #sendStreamed(
    upstream: Upstream,
    request: UpstreamRequest,
    sink: ResponseSink,
  ): Promise<void> {
    let socket: Socket | undefined;
    try {
      socket = await this.#dial(upstream);
      sendStreamed(socket, request, sink, this.#limits);
    } catch (thrown) {
      socket?.destroy();
      sink.onError(thrown as Error);
    }
  }

  async #connect(upstream: Upstream, done: Connected): Promise<void> {
    let socket: Socket;
    try {
      socket = await this.#dial(upstream);
    } catch (thrown) {
      done(thrown as Error, null);
      return;
    }
    done(null, socket);
  }

  #dial(upstream: Upstream): Promise<Socket> {
    return dial(upstream, { contexts: this.#contexts, timeoutMs: this.#limits.connectMs });
  }

  #findPool(upstream: Upstream): PooledLine {
    const key = this.#keyOf(upstream);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const { upstreamConnections, responseMs, idleMs } = this.#limits;
    // TLS is the connector's; to undici every upstream looks like plain HTTP.
    const pool = new Pool('http://upstream', {
      connections: upstreamConnections,
      connect: (_options, done) => void this.#connect(upstream, done),
      headersTimeout: responseMs,
      bodyTimeout: idleMs,
      pipelining: 1,
      maxHeaderSize: LONGEST_RESPONSE_HEADER,
    });
    const share = Math.ceil(CLIENT_SHARE * upstreamConnections);
    const line = { pool, shares: new Shares(share, CLIENT_SHARE * MOST_WAITING), open: 0 };
    this.#pools.set(key, line);
    return line;
  }

  #findHttp2(upstream: Upstream): Http2Upstream {
    const key = this.#keyOf(upstream);
    const known = this.#http2.get(key);
    if (known !== undefined) return known;
    const created = new Http2Upstream(() => this.#dial(upstream), this.#limits);
    this.#http2.set(key, created);
    return created;
  }

  #keyOf(upstream: Upstream): string {
    let key = this.#keys.get(upstream);
    if (key === undefined) {
      key = JSON.stringify([upstreamText(upstream), upstream.scheme, upstream.tls]);
      this.#keys.set(upstream, key);
    }
    return key;
  }
}

const MOST_POOLS = 1_000;
/** For a connection to one upstream. */
const MOST_WAITING = 1_000;
/** What one client address can have of either. */
const CLIENT_SHARE = 3 / 4;

/** Nothing of the request has left, so that it may go elsewhere. */
export function isConnectFailure(error: Error): boolean {
  return (
    error instanceof AppError &&
    (error.code === 'upstream/unreachable' || error.code === 'upstream/untrusted')
  );
}
