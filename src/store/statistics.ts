/**
 * The contract of what is counted for monitoring: answered from indexes, however many rows there are.
 *
 * @module
 */
import type { BucketLimit } from '../core/token-bucket.ts';
import type { OrderOutcome } from './records.ts';

export interface StatisticsTable {
  /** All of it as it is at one moment. */
  read(now: Date): Promise<StoreStatistics>;
  /** How much of each limit is used up, in the given order. */
  budgets(limits: readonly BudgetLimit[], now: Date): Promise<BudgetUse[]>;
}

export interface StoreStatistics {
  /** How many end within each of `EXPIRY_HORIZONS_DAYS`; those that have ended are in none. */
  readonly expiring: readonly { readonly days: number; readonly certificates: number }[];
  /** When the first of those ends that have not ended yet. */
  readonly nextExpiry?: Date;
  readonly queue: {
    /** Whose time for a look has come, and since when the first of them waits for it. */
    readonly due: number;
    readonly dueSince?: Date;
    readonly nextActionAt?: Date;
    /** Kept back by a limit that has no room; without an end: by a pause that a person must lift. */
    readonly waiting: number;
    readonly paused: number;
    /** Whose names lead elsewhere. */
    readonly parked: number;
    readonly unfinishedOrders: number;
  };
  readonly renewalInfo: {
    /** For which the CA has named a window, and of those in it or past its begin. */
    readonly known: number;
    readonly inWindow: number;
    /** Whose CA failed to say the last time. */
    readonly failing: number;
  };
  readonly failing: readonly {
    readonly code: string;
    readonly certificates: number;
    readonly since: Date;
  }[];
  /** Since the store was made, also of certificates that were removed. */
  readonly orders: readonly OrderTotals[];
  readonly deployments: readonly {
    readonly target: string;
    readonly deployed: number;
    readonly failing: number;
  }[];
  /** By what stands before the `/` of their names. */
  readonly leases: readonly { readonly kind: string; readonly held: number }[];
  /** What a CA wants nobody to ask for, by the first word of the scope and the CA's directory. */
  readonly pauses: readonly {
    readonly word: string;
    readonly directoryUrl: string;
    readonly scopes: number;
  }[];
  readonly size: { readonly bytes: number; readonly freeBytes: number };
}

export interface OrderTotals {
  readonly issuer: string;
  readonly outcome: OrderOutcome;
  /** Not added up; the last one is of those that took longer than the longest bound. */
  readonly byDuration: readonly { readonly mostMs?: number; readonly orders: number }[];
  readonly milliseconds: number;
}

/** All buckets of one limit at one CA. */
export interface BudgetLimit {
  /** Of a bucket, alone or followed by a space and more. */
  readonly scope: string;
  readonly limit: BucketLimit;
}

export interface BudgetUse {
  /** Buckets that are not full. */
  readonly used: number;
  /** Of them without a token. */
  readonly exhausted: number;
  /** Of the bucket that has the least. */
  readonly left: number;
}

export const EXPIRY_HORIZONS_DAYS = [1, 3, 7, 14, 30, 60, 90] as const;
