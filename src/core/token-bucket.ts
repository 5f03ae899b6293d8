/**
 * Token buckets: what may be done at once, and how fast it comes back.
 *
 * The whole state of a bucket is the instant at which it is full again, so that one that nobody
 * keeps is a full one.
 *
 * @module
 */

/** As rate limits are published: so many at once, and so many again within the period. */
export interface BucketLimit {
  readonly count: number;
  readonly perMs: number;
}

export type Draw =
  | { readonly isGranted: true; readonly fullAt: number }
  /** `retryAt` is the first instant at which a token is there. */
  | { readonly isGranted: false; readonly retryAt: number };

/** Takes one token where one is there. All instants are milliseconds since 1970. */
export function drawToken(fullAt: number | undefined, limit: BucketLimit, now: number): Draw {
  const interval = tokenInterval(limit);
  const full = settled(fullAt, limit, now);
  const retryAt = full - interval * (limit.count - 1);
  return retryAt <= now
    ? { isGranted: true, fullAt: full + interval }
    : { isGranted: false, retryAt };
}

/** Takes one token although none may be there, for what has happened already; never below empty. */
export function chargeToken(fullAt: number | undefined, limit: BucketLimit, now: number): number {
  const full = settled(fullAt, limit, now) + tokenInterval(limit);
  return Math.min(full, emptyAt(limit, now));
}

/** Puts one token back. */
export function returnToken(fullAt: number | undefined, limit: BucketLimit, now: number): number {
  return Math.max(settled(fullAt, limit, now) - tokenInterval(limit), now);
}

/** Whole tokens that are there. */
export function tokensLeft(fullAt: number | undefined, limit: BucketLimit, now: number): number {
  const missing = (settled(fullAt, limit, now) - now) / tokenInterval(limit);
  return Math.floor(limit.count - missing);
}

/** From one token to the next, rounded up: rather a little too slow than a little too fast. */
export function tokenInterval({ count, perMs }: BucketLimit): number {
  return Math.ceil(perMs / count);
}

function emptyAt(limit: BucketLimit, now: number): number {
  return now + tokenInterval(limit) * limit.count;
}

/** A clock that was ahead for a while must not leave a bucket more than empty. */
function settled(fullAt: number | undefined, limit: BucketLimit, now: number): number {
  return Math.min(Math.max(fullAt ?? now, now), emptyAt(limit, now));
}
