/**
 * One connection to the database: each method of the store is one transaction on it.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { closeSync, openSync } from 'node:fs';
import { chmod, stat } from 'node:fs/promises';
import { type Clock, systemClock } from '../../core/clock.ts';
import { systemCode } from '../../core/errors.ts';
import { storeError } from './store-error.ts';

/** Statements run synchronously; only the transaction's outcome is a promise. */
export interface Connection {
  readonly database: Database.Database;
  /** What events are dated by. */
  readonly clock: Clock;
  /** Runs `work` on one snapshot; `task` completes "cannot …" in the error. */
  readonly read: <T>(task: string, work: () => T) => Promise<T>;
  /** Runs `work` with the write lock held: all of it is durable afterwards, or nothing. */
  readonly write: <T>(task: string, work: () => T) => Promise<T>;
}

export function createConnection(
  database: Database.Database,
  clock: Clock = systemClock,
): Connection {
  return {
    database,
    clock,
    read: async (task, work) => attempt(task, () => database.transaction(work).deferred()),
    // Immediate, because a snapshot that turns into a write fails at once when another process has
    // written since; an explicit COMMIT, because RETURNING would hide that committing failed.
    write: async (task, work) => attempt(task, () => database.transaction(work).immediate()),
  };
}

/** Creates the file where there is none, readable for its owner alone before it has content. */
export async function ensureDatabaseFile(path: string): Promise<void> {
  try {
    // SQLite gives -wal and -shm the mode of the database.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown;
  }
  // By path: closing a descriptor of the file would drop the locks of this process on it.
  const { mode } = await stat(path);
  if ((mode & 0o007) !== 0) await chmod(path, mode & 0o770);
}

/** Settings of the connection; none of them writes to the file. */
export function configureConnection(database: Database.Database): void {
  database.pragma('foreign_keys = ON');
  database.pragma('trusted_schema = OFF');
  database.pragma('cell_size_check = ON');
  database.pragma('secure_delete = ON');
  database.pragma('temp_store = MEMORY');
  database.pragma('synchronous = FULL');
}

/** Readers and the writer do not wait for each other. The mode is kept in the file. */
export function enableWriteAheadLog(database: Database.Database): void {
  database.pragma('journal_mode = WAL');
  database.pragma(`journal_size_limit = ${LARGEST_IDLE_LOG}`);
}

const LARGEST_IDLE_LOG = 64 * 1024 * 1024;

function attempt<T>(task: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw storeError(thrown, task);
  }
}
