/**
 * How often one address may do something: a bucket of tokens that fills again steadily.
 *
 * @module
 */
import { isIPv6 } from 'node:net';
import { BoundedMap } from './bounded-map.ts';

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
const PREFIX_GROUPS = 4;
const GROUPS = 8;

/** Whom an address stands for: a site has a whole /64 of IPv6. */
export function clientKey(address: string): string {
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [bare = ''] = address.split('%');
  const [head = '', tail] = bare.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 tail is two groups in one.
  const length = before.length + after.length + (bare.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, GROUPS - length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, PREFIX_GROUPS);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
