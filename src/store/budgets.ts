/**
 * The budgets that all processes on one store share: token buckets, and the CA's pauses.
 *
 * @module
 */
import type { BucketLimit } from '../core/token-bucket.ts';
import type { PauseRecord } from './records.ts';

/** One token of one bucket. The limit comes with it: a bucket is nothing but an instant. */
export interface BudgetDraw {
  readonly scope: string;
  readonly limit: BucketLimit;
  /** The token must be there, but stays. */
  readonly isOnlyAsked?: boolean;
}

/** What a draw fails for: of all buckets that are empty, the one that has a token last. */
export interface Shortage {
  readonly scope: string;
  readonly retryAt: Date;
}

export interface BudgetTable {
  /** Takes every token, or none when one is missing; a scope is named once. */
  take(draws: readonly BudgetDraw[], now: Date): Promise<Shortage | undefined>;
  /** Takes what has been used already, whether it is there or not. */
  charge(draws: readonly BudgetDraw[], now: Date): Promise<void>;
  /** Returns tokens that were taken for something that did not happen. */
  giveBack(draws: readonly BudgetDraw[], now: Date): Promise<void>;
  /** Fills these buckets. */
  refill(scopes: readonly string[]): Promise<void>;
  /** Of two pauses of one scope the longer one counts. */
  pause(pause: PauseRecord, now: Date): Promise<void>;
  /** Those of `scopes` that are paused at `now`, the one that ends last first. */
  findPauses(scopes: readonly string[], now: Date): Promise<PauseRecord[]>;
  /** Ends the pauses without an end of their own. */
  liftPauses(scopes: readonly string[]): Promise<void>;
}
