/**
 * One actor at a time: work under a lease that is extended while it runs.
 *
 * @module
 */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Clock, MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import { AppError, systemCode } from '../core/errors.ts';
import type { LeaseRecord } from '../store/records.ts';
import type { Fence, LeaseTable } from '../store/store.ts';

const TTL_MS = 15 * SECOND_MS;
const EXTEND_EVERY_MS = 5 * SECOND_MS;
const LOOK_AGAIN_MS = 250;
const LONGEST_WAIT_MS = 2 * MINUTE_MS;

export interface LeaseOptions {
  readonly leases: LeaseTable;
  readonly clock: Clock;
  readonly name: string;
  /** What another holder is doing, for the message: `issuing app.example.com`. */
  readonly subject: string;
  /** Wait for the lease, or fail at once. */
  readonly patience: 'wait' | 'none';
  readonly onWait?: () => void;
}

/**
 * Runs `work` as the only holder of the lease. The signal given to it is aborted when the lease is
 * lost, since another process may then do the same work.
 * @throws `lease/held` when another process keeps the lease.
 */
export async function withLease<T>(
  options: LeaseOptions,
  signal: AbortSignal,
  work: (signal: AbortSignal, fence: Fence) => Promise<T>,
): Promise<T> {
  const held = await holdLease(options, signal);
  try {
    return await work(AbortSignal.any([signal, held.lost]), held.fence);
  } finally {
    await held.release();
  }
}

export interface HeldLease {
  /** Aborted when the lease could not be extended in time. */
  readonly lost: AbortSignal;
  /** For changes that nobody may make without the lease. */
  readonly fence: Fence;
  release(): Promise<void>;
}

/** Takes the lease and extends it until it is released. */
export async function holdLease(options: LeaseOptions, signal: AbortSignal): Promise<HeldLease> {
  const { leases, clock } = options;
  let lease = await claim(options, signal);
  const lost = new AbortController();
  const timer = setInterval(() => void extend(), EXTEND_EVERY_MS);
  timer.unref();

  async function extend(): Promise<void> {
    try {
      const extended = await leases.extend(lease, TTL_MS, clock.now());
      if (extended !== undefined) lease = extended;
      else loseIt();
    } catch {
      // A busy store is no loss yet: the lease stays ours until it expires.
      if (clock.now() >= lease.expiresAt) loseIt();
    }
  }

  function loseIt(): void {
    clearInterval(timer);
    lost.abort(new AppError('lease/held', `lost the lease while ${options.subject}`));
  }

  return {
    lost: lost.signal,
    fence: lease,
    release: async () => {
      clearInterval(timer);
      await leases.release(lease);
    },
  };
}

async function claim(options: LeaseOptions, signal: AbortSignal): Promise<LeaseRecord> {
  const { leases, clock, name } = options;
  const giveUpAt = clock.now().getTime() + LONGEST_WAIT_MS;
  let hasWaited = false;
  for (;;) {
    const lease = await leases.claim(name, newHolder(), TTL_MS, clock.now());
    if (lease !== undefined) return lease;
    const other = await leases.find(name);
    if (other !== undefined && isDead(other.holder)) {
      await leases.release(other);
      continue;
    }
    if (options.patience === 'none' || clock.now().getTime() >= giveUpAt)
      throw heldBy(options, other);
    if (!hasWaited) options.onWait?.();
    hasWaited = true;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

function heldBy({ name, subject }: LeaseOptions, other: LeaseRecord | undefined): AppError {
  const pid = other?.holder.split('/')[1];
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new AppError('lease/held', `${who} is already ${subject}`, {
    mend: 'Wait until it is done, or stop it, and try again.',
    context: { lease: name, holder: other?.holder },
  });
}

let claims = 0;

/** Unique for each claim: two tasks of one process exclude each other, too. */
function newHolder(): string {
  claims += 1;
  return `${place()}/${process.pid}/${claims}`;
}

/** A holder of this very place whose process is gone was killed, and will not come back. */
function isDead(holder: string): boolean {
  const [where, pid] = holder.split('/');
  if (where !== place() || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (thrown) {
    return systemCode(thrown) === 'ESRCH';
  }
}

/** Process ids can be compared inside one host and one pid namespace only. */
function place(): string {
  try {
    return `${hostname()}+${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
