/**
 * How often somebody may ask, and how often fail to prove who it is.
 *
 * @module
 */
import { type Clock, MINUTE_MS, SECOND_MS, after } from '../../core/clock.ts';
import { BoundedMap } from '../../core/bounded-map.ts';
import { clientNetwork } from '../../core/networks.ts';
import { type BucketLimit, drawToken } from '../../core/token-bucket.ts';

const MOST_ENTRIES = 10_000;

interface Failures {
  readonly count: number;
  readonly since: Date;
  readonly lockedUntil?: Date;
}

export interface Lockout {
  /** Until when this address is not listened to. */
  lockedUntil(address: string): Date | undefined;
  fail(address: string): void;
}

export const MOST_FAILURES = 10;
export const LOCKED_MS = 5 * MINUTE_MS;
const FAILURES_COUNT_MS = 10 * MINUTE_MS;

export function createLockout(clock: Clock): Lockout {
  const failures = new BoundedMap<string, Failures>(MOST_ENTRIES);
  return {
    lockedUntil(address) {
      const until = failures.get(clientNetwork(address))?.lockedUntil;
      return until !== undefined && until > clock.now() ? until : undefined;
    },
    fail(address) {
      const client = clientNetwork(address);
      const now = clock.now();
      const known = failures.get(client);
      const isFresh = known !== undefined && after(known.since, FAILURES_COUNT_MS) > now;
      const count = (isFresh ? known.count : 0) + 1;
      if (count < MOST_FAILURES) {
        failures.set(client, { count, since: isFresh ? known.since : now });
        return;
      }
      failures.set(client, { count: 0, since: now, lockedUntil: after(now, LOCKED_MS) });
    },
  };
}

export interface RateLimit {
  /** Takes one request, or says when the next one may come. */
  take(key: string): Date | undefined;
}

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export function createRateLimit(clock: Clock, { perSecond, burst }: Rate): RateLimit {
  const limit: BucketLimit = { count: burst, perMs: (burst / perSecond) * SECOND_MS };
  const fullAt = new BoundedMap<string, number>(MOST_ENTRIES);
  return {
    take(key) {
      const draw = drawToken(fullAt.get(key), limit, clock.now().getTime());
      if (!draw.isGranted) return new Date(draw.retryAt);
      fullAt.set(key, draw.fullAt);
      return undefined;
    },
  };
}
