import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { checkSchema, loadMigrations, migrate, type Migration } from './migrate.ts';

const NOW = new Date('2026-11-22T07:00:00Z');
const STEPS: readonly Migration[] = [
  { number: 1, name: 'first', sql: 'CREATE TABLE one (id TEXT) STRICT;' },
  { number: 2, name: 'second', sql: 'CREATE TABLE two (id TEXT) STRICT; DROP TABLE one;' },
];

describe('loadMigrations', () => {
  it('finds steps in the order of their numbers, each once', async () => {
    const migrations = await loadMigrations();
    expect(migrations[0]).toMatchObject({ number: 1, name: 'foundation' });
    const numbers = migrations.map(({ number }) => number);
    expect(numbers).toStrictEqual([...new Set(numbers)].toSorted((left, right) => left - right));
  });
});

describe('migrate', () => {
  it('applies each step once and notes when', () => {
    const database = new Database(':memory:');
    migrate(database, STEPS.slice(0, 1), NOW);
    migrate(database, STEPS, new Date(NOW.getTime() + 5));
    migrate(database, STEPS, NOW);
    expect(database.prepare('SELECT * FROM schema_migrations').all()).toStrictEqual([
      { number: 1, name: 'first', applied_at: NOW.getTime() },
      { number: 2, name: 'second', applied_at: NOW.getTime() + 5 },
    ]);
    expect(tables(database)).toStrictEqual(['schema_migrations', 'two']);
  });

  it('leaves nothing of a step that fails', () => {
    const database = new Database(':memory:');
    const broken = { number: 2, name: 'broken', sql: 'CREATE TABLE half (id TEXT); nonsense;' };
    migrate(database, STEPS.slice(0, 1), NOW);
    expect(() => migrate(database, [...STEPS.slice(0, 1), broken], NOW)).toThrow(/nonsense/);
    expect(tables(database)).toStrictEqual(['one', 'schema_migrations']);
    migrate(database, STEPS, NOW);
    expect(tables(database)).toStrictEqual(['schema_migrations', 'two']);
  });
});

describe('the step to pairs', () => {
  it('keeps what there is, as the certificate with this kind of key', async () => {
    const steps = await loadMigrations();
    const database = new Database(':memory:');
    migrate(database, before(steps, 10), NOW);
    for (const [id, keyType] of [['a', 'ec384'] as const, ['b', 'rsa2048'] as const]) {
      const spec = JSON.stringify({ names: [id, '*.x'], keyType });
      database.exec(`INSERT INTO certificates
        (id, name_set, spec, source, created_at, updated_at, revision)
        VALUES ('${id}', '*.x,${id}', '${spec}', 'added', 0, 0, 1)`);
    }
    migrate(database, steps, NOW);
    expect(database.prepare('SELECT identity FROM certificates').pluck().all()).toStrictEqual([
      'ec *.x,a',
      'rsa *.x,b',
    ]);
  });
});

function before(steps: readonly Migration[], step: number): Migration[] {
  return steps.filter(({ number }) => number < step);
}

describe('checkSchema', () => {
  it('refuses a newer schema, naming both numbers', () => {
    const database = new Database(':memory:');
    migrate(database, STEPS, NOW);
    expect(() => checkSchema(database, STEPS.slice(0, 1), 'x.db')).toThrow(
      expect.objectContaining({
        code: 'store/newer',
        message: 'x.db has schema 2, this certctl knows 1',
      }),
    );
  });

  it('refuses the tables of another program', () => {
    const database = new Database(':memory:');
    database.exec('CREATE TABLE photos (id TEXT)');
    expect(() => checkSchema(database, STEPS, 'x.db')).toThrow(
      expect.objectContaining({ code: 'store/corrupt' }),
    );
  });
});

function tables(database: Database.Database): unknown[] {
  return database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all();
}
