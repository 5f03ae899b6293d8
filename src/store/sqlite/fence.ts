/**
 * Refuses, inside a transaction, what is written under a lease that was lost.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { AppError } from '../../core/errors.ts';
import type { Fence } from '../store.ts';

/** For the transactions of the tables; does nothing without a fence. `task` completes "cannot …". */
export function prepareFence(
  database: Database.Database,
): (fence: Fence | undefined, task: string) => void {
  const isHeld = database
    .prepare<[string, string, number], 1>(
      'SELECT 1 FROM leases WHERE name = ? AND holder = ? AND fencing_token = ?',
    )
    .pluck();
  return (fence, task) => {
    if (fence === undefined) return;
    const { name, holder, fencingToken } = fence;
    if (isHeld.get(name, holder, fencingToken) !== undefined) return;
    throw new AppError('lease/held', `cannot ${task}: another process has taken over`, {
      mend: 'Wait until the other process is done.',
      context: { lease: name, fencingToken },
    });
  };
}
