/**
 * Looks for damage in a database file, beside whoever uses it.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { toAppError } from '../../core/errors.ts';
import { storeError } from './store-error.ts';

/**
 * What SQLite finds wrong, `undefined` when there is no such file. Reads the whole file, so it is
 * not for a process that serves.
 */
export function checkIntegrity(path: string): string[] | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const database = new Database(path, { readonly: true, fileMustExist: true });
    try {
      const rows = database.prepare<[], string>('PRAGMA quick_check(10)').pluck().all();
      return rows.filter((row) => row !== 'ok');
    } finally {
      database.close();
    }
  } catch (thrown) {
    return [toAppError(storeError(thrown, `read the database ${path}`)).message];
  }
}
