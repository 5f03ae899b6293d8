import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { parseName } from '../../core/names.ts';
import {
  CERTIFICATE_SORTS,
  CERTIFICATE_STATUSES,
  type CertificateFilter,
  type InventoryTable,
} from '../inventory.ts';
import { createConnection } from './connection.ts';
import { createInventoryTable } from './inventory.ts';
import { loadMigrations, migrate } from './migrate.ts';

const migrations = await loadMigrations();
const now = new Date();

/** The plan of every query that `work` makes. */
async function plansOf(work: (table: InventoryTable) => Promise<unknown>): Promise<string[]> {
  const queries: string[] = [];
  const database = new Database(':memory:', {
    verbose: (sql) => void queries.push(String(sql)),
  });
  migrate(database, migrations, now);
  const table = createInventoryTable(createConnection(database));
  queries.length = 0;
  await work(table);
  const selects = queries.filter((query) => query.startsWith('SELECT'));
  return selects.map((query) =>
    database
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
      .all()
      .map(({ detail }) => detail)
      .join('\n'),
  );
}

function check(plans: readonly string[]): void {
  expect(plans.length).toBeGreaterThan(0);
  for (const plan of plans) {
    expect(plan, 'rows are read one by one').not.toMatch(/SCAN certificates(?! USING)/);
    // But what lies in a part of the index by expiry, of which the first of the page are kept.
    const isRange = plan.includes('certificates_by_expiry (expiry>? AND expiry<?)');
    const isSorted = plan.includes('TEMP B-TREE FOR ORDER BY');
    expect(isSorted && !isRange, plan).toBe(false);
  }
}

const FILTERS: readonly [string, Partial<CertificateFilter>][] = [
  ['everything', {}],
  ...CERTIFICATE_STATUSES.filter((status) => status !== 'revoked').map(
    (status): [string, Partial<CertificateFilter>] => [`what is ${status}`, { status }],
  ),
  ['a part of a name', { text: 'shop' }],
  ['what a token is bound to', { within: ['*.example.com', 'a.example.net'].map(parseName) }],
  ['what expires within days', { expiresFrom: now, expiresBefore: now }],
];

describe.each(CERTIFICATE_SORTS)('a list that is sorted by %s', (sort) => {
  const after = { id: 'a', expiresAt: 1 };

  it.each(FILTERS)('finds %s by an index', async (_title, filter) => {
    const page = { sort, limit: 100, after };
    check(await plansOf((table) => table.certificates({ now, ...filter }, page)));
  });
});

it('counts by indexes', async () => {
  check(await plansOf((table) => table.count({ now })));
});
