/**
 * Brings a database to the schema of this version, one numbered step a transaction.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { readdir, readFile } from 'node:fs/promises';
import { AppError, systemCode } from '../../core/errors.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

// The same path from the sources and from the compiled package.
const MIGRATIONS = new URL('../../../migrations/', import.meta.url);

/** The steps that come with this version, in order. */
export async function loadMigrations(directory: URL = MIGRATIONS): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const entry of (await readdir(directory)).toSorted()) {
    const [, digits, name] = /^(\d{4})-([a-z0-9-]+)$/.exec(entry) ?? [];
    if (digits === undefined || name === undefined) continue;
    const sql = await readStep(new URL(`${entry}/sqlite.sql`, directory));
    if (sql !== undefined) migrations.push({ number: Number(digits), name, sql });
  }
  return migrations;
}

/**
 * Refuses, without touching it, a database that this version does not know.
 *
 * @throws `store/newer`, or `store/corrupt` for a database of another program.
 */
export function checkSchema(
  database: Database.Database,
  migrations: readonly Migration[],
  path: string,
): void {
  const known = migrations.at(-1)?.number ?? 0;
  // On one snapshot: another process may create the tables at this moment.
  const { found, isForeign } = database.transaction(() => inspect(database)).deferred();
  if (found > known) {
    throw new AppError('store/newer', `${path} has schema ${found}, this certctl knows ${known}`, {
      mend: 'Run the certctl version that wrote it, or a newer one.',
      context: { path, found, known },
    });
  }
  if (isForeign) {
    throw new AppError('store/corrupt', `${path} is a database of another program`, {
      mend: 'Name another data directory with --data-dir.',
      context: { path },
    });
  }
}

/** Applies what is missing. Several processes may do this at once. */
export function migrate(
  database: Database.Database,
  migrations: readonly Migration[],
  now: Date,
): void {
  for (const migration of migrations) {
    if (migration.number > schemaNumber(database)) {
      database.transaction(() => applyOnce(database, migration, now)).immediate();
    }
  }
}

function applyOnce(database: Database.Database, migration: Migration, now: Date): void {
  // Another process may have applied it while this one waited for the lock.
  if (migration.number <= schemaNumber(database)) return;
  database.exec(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
      number INTEGER PRIMARY KEY NOT NULL,
      name TEXT NOT NULL,
      applied_at INTEGER NOT NULL
    ) STRICT`,
  );
  database.exec(migration.sql);
  database
    .prepare('INSERT INTO schema_migrations (number, name, applied_at) VALUES (?, ?, ?)')
    .run(migration.number, migration.name, now.getTime());
}

/** The number of the last migration that was applied; 0 without any. */
function schemaNumber(database: Database.Database): number {
  const table = database
    .prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'`)
    .get();
  if (table === undefined) return 0;
  const last = database
    .prepare<[], number | null>('SELECT max(number) FROM schema_migrations')
    .pluck()
    .get();
  return last ?? 0;
}

function inspect(database: Database.Database): { found: number; isForeign: boolean } {
  const found = schemaNumber(database);
  const anything = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
  return { found, isForeign: found === 0 && anything !== undefined };
}

async function readStep(file: URL): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
