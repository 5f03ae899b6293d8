/**
 * How often somebody may ask, and how often fail to prove who it is.
 *
 * @module
 */
import { type Clock, MINUTE_MS, SECOND_MS, after } from '../../core/clock.ts';
import { clientNetwork } from '../../core/networks.ts';

const MOST_ENTRIES = 10_000;

/** A map that forgets what was least recently set once it is full. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MOST_ENTRIES) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
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
  const failures = new Map<string, { count: number; since: Date; lockedUntil?: Date }>();
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
        remember(failures, client, { count, since: isFresh ? known.since : now });
        return;
      }
      remember(failures, client, { count: 0, since: now, lockedUntil: after(now, LOCKED_MS) });
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
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(key) {
      const now = clock.now().getTime();
      const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now };
      const refilled = Math.min(burst, tokens + (Math.max(0, now - at) / SECOND_MS) * perSecond);
      const isTaken = refilled >= 1;
      remember(buckets, key, { tokens: isTaken ? refilled - 1 : refilled, at: now });
      if (isTaken) return undefined;
      return new Date(now + Math.ceil(((1 - refilled) / perSecond) * SECOND_MS));
    },
  };
}
