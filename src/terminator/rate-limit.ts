/**
 * How often one address may do something: a bucket of tokens that fills again steadily.
 *
 * @module
 */
import { BoundedMap } from '../core/bounded-map.ts';

export interface RateLimits {
  /** Tokens that come a second. */
  readonly rate: number;
  /** Tokens that a bucket holds, and has at first. */
  readonly burst: number;
  /** Addresses that are known; beyond, who was not seen the longest starts afresh. */
  readonly addresses: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

export class RateLimit {
  readonly #limits: RateLimits;
  readonly #buckets: BoundedMap<string, Bucket>;

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#buckets = new BoundedMap(limits.addresses);
  }

  /** Takes a token; false when there is none. @param now milliseconds that only grow */
  take(address: string, now: number): boolean {
    const { rate, burst } = this.#limits;
    const bucket = this.#buckets.get(address);
    if (bucket === undefined) {
      this.#buckets.set(address, { tokens: burst - 1, filledAt: now });
      return true;
    }
    const grown = ((now - bucket.filledAt) / MS_IN_SECOND) * rate;
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, grown));
    bucket.filledAt = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

const MS_IN_SECOND = 1_000;
