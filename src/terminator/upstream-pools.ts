/**
 * Keep-alive connections to HTTP upstreams.
 *
 * @module
 */
import { Pool } from 'undici';
import { type Upstream, upstreamText } from '../feed/upstream.ts';
import { BoundedMap } from './bounded-map.ts';
import type { TerminatorLimits } from './settings.ts';

type PoolLimits = Pick<
  TerminatorLimits,
  'upstreamConnections' | 'connectMs' | 'responseMs' | 'idleMs'
>;

export class UpstreamPools {
  readonly #pools: BoundedMap<string, Pool>;
  readonly #limits: PoolLimits;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
    this.#pools = new BoundedMap(MOST_POOLS, (pool) => void pool.close().catch(() => {}));
  }

  find(upstream: Upstream): Pool {
    const origin = upstreamText(upstream);
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const { upstreamConnections, connectMs, responseMs, idleMs } = this.#limits;
    const pool = new Pool(origin, {
      connections: upstreamConnections,
      connect: { timeout: connectMs, noDelay: true },
      headersTimeout: responseMs,
      bodyTimeout: idleMs,
      pipelining: 1,
      maxHeaderSize: LONGEST_RESPONSE_HEADER,
    });
    this.#pools.set(origin, pool);
    return pool;
  }

  async destroy(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}

const MOST_POOLS = 1_000;
const LONGEST_RESPONSE_HEADER = 65_536;
