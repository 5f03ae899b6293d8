/**
 * Copies of a database file: taken while others write, checked, and put in the place of another.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { writeFile } from 'node:fs/promises';
import { SECOND_MS } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { SecretRecord } from '../records.ts';
import { KEYRING_CHECK } from '../store.ts';
import { configureConnection, createConnection } from './connection.ts';
import { checkSchema, loadMigrations } from './migrate.ts';
import { createSecretTable } from './secrets.ts';
import { storeError } from './store-error.ts';

const OWNER_ONLY = 0o600;
const BUSY_TIMEOUT_MS = 2 * SECOND_MS;

/**
 * Writes the state of one instant to the new file `to`, without what was deleted. Others go on
 * reading and writing; this thread waits.
 *
 * @throws `store/newer`, `store/corrupt`, `store/unwritable`.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const migrations = await loadMigrations();
  try {
    // SQLite fills an empty file, and leaves its mode.
    await writeFile(to, '', { mode: OWNER_ONLY, flag: 'wx' });
    using database = openReadOnly(from);
    checkSchema(database, migrations, from);
    database.prepare('VACUUM INTO ?').run(to);
  } catch (thrown) {
    throw storeError(thrown, `copy the database ${from}`);
  }
}

export interface InspectedDatabase {
  readonly kekIds: readonly string[];
  /** What the keyring has to open; absent in a database that never had a keyring. */
  readonly check?: SecretRecord;
}

/** Reads all of a database that nobody uses. @throws `store/newer`, `store/corrupt`. */
export async function inspectDatabase(path: string): Promise<InspectedDatabase> {
  const migrations = await loadMigrations();
  try {
    using database = openReadOnly(path);
    checkSchema(database, migrations, path);
    const integrity = database.prepare<[], string>('PRAGMA integrity_check(1)').pluck().get();
    const orphan = database.prepare('PRAGMA foreign_key_check').get();
    if (integrity !== 'ok' || orphan !== undefined) throw damaged(path);
    const secrets = createSecretTable(createConnection(database));
    const kekIds = (await secrets.countByKek()).map(({ kekId }) => kekId);
    const check = await secrets.find(KEYRING_CHECK);
    return check === undefined ? { kekIds } : { kekIds, check };
  } catch (thrown) {
    throw storeError(thrown, `check the database ${path}`);
  }
}

/**
 * Frees what processes held that do not know this copy; fencing tokens stay as they are. Browsers
 * sign in anew: who signed out since the copy was taken stays out.
 */
export function releaseCopy(path: string): void {
  try {
    const database = new Database(path, { fileMustExist: true });
    try {
      configureConnection(database);
      database.exec('UPDATE leases SET holder = NULL; DELETE FROM sessions');
    } finally {
      database.close();
    }
  } catch (thrown) {
    throw storeError(thrown, `change the database ${path}`);
  }
}

/**
 * Keeps everybody else out of a database until it is disposed, with all of it in the one file.
 * `undefined` when it is damaged: nobody can work with it.
 *
 * @throws `store/busy` when another process uses it.
 */
export function seizeDatabase(path: string): Disposable | undefined {
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS, fileMustExist: true });
  try {
    // Only the last connection can leave the log mode.
    database.pragma('journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
    return { [Symbol.dispose]: () => void database.close() };
  } catch (thrown) {
    database.close();
    const error = storeError(thrown, `take the database ${path} out of use`);
    if (error instanceof AppError && error.code === 'store/corrupt') return undefined;
    throw error;
  }
}

function openReadOnly(path: string): Database.Database & Disposable {
  const database = new Database(path, {
    timeout: BUSY_TIMEOUT_MS,
    readonly: true,
    fileMustExist: true,
  });
  configureConnection(database);
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}

function damaged(path: string): AppError {
  return new AppError('store/corrupt', `the database ${path} is damaged inside`, {
    mend: 'Use another backup.',
    context: { path },
  });
}
