import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { auditQuery } from './audit.ts';
import {
  AHEAD_QUERY,
  CONFIGURED_QUERY,
  COVERING_QUERY,
  DUE_QUERY,
  WITH_NAMES_QUERY,
} from './certificates.ts';
import { DEAD_QUERY } from './deliveries.ts';
import { loadMigrations, migrate } from './migrate.ts';
import { BY_KEK_QUERY } from './secrets.ts';
import { BUDGET_QUERY, STATISTICS_QUERIES } from './statistics.ts';

const database = new Database(':memory:');
migrate(database, await loadMigrations(), new Date());

describe('queries over all certificates', () => {
  it.each([
    ['what is due', DUE_QUERY, [1, 1], 'certificates USING COVERING INDEX certificates_due'],
    [
      'what was scheduled ahead of time',
      AHEAD_QUERY,
      [1, 1],
      'certificates USING COVERING INDEX certificates_scheduled',
    ],
    ['what covers a name', COVERING_QUERY, ['a', 'b'], 'certificate_names USING PRIMARY KEY'],
    [
      'what has exactly these names',
      WITH_NAMES_QUERY,
      ['a', 'b'],
      'certificates USING INDEX sqlite_autoindex_certificates_2',
    ],
    ['what a key-encryption key wraps', BY_KEK_QUERY, ['a', 'b', 1], 'INDEX secrets_by_kek'],
    [
      'what is configured',
      CONFIGURED_QUERY,
      [],
      'certificates USING INDEX certificates_configured',
    ],
  ])('find %s by an index, without a sort of the table', (_, query, parameters, index) => {
    const plan = planOf(query, parameters);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/SCAN (?!certificates USING INDEX certificates_configured)/);
  });

  it.each([...Object.entries(STATISTICS_QUERIES), ['budgets', BUDGET_QUERY]])(
    'count %s by an index',
    (_, query) => {
      const parameters = Array.from({ length: query.split('?').length - 1 }, () => 1);
      const plan = planOf(
        query,
        query === BUDGET_QUERY ? [{ scope: 'x', now: 1, exhausted: 2 }] : parameters,
      );
      expect(plan).toMatch(/^(?:SEARCH|SCAN) \w+ USING (?:(?:COVERING )?INDEX [a-z]|PRIMARY KEY)/);
    },
  );

  it.each([
    [{}, /^SEARCH audit USING PRIMARY KEY \(id<\?\)$/],
    [{ operation: 'issue' }, /^SEARCH audit USING INDEX audit_by_operation /],
    [{ actor: 'ci' }, /INDEX audit_by_actor_id .*INDEX audit_by_actor_name /s],
    [{ actor: 'ci', operation: 'issue' }, /audit_by_actor_id .*audit_by_actor_name /s],
  ])('find records of the audit log by an index: %j', (filter, index) => {
    const plan = planOf(auditQuery(filter), [{ after: 'x', limit: 1, ...filter }]);
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/SCAN audit/);
  });

  it('find what was given up by an index', () => {
    const place = { deadAt: 1, eventId: 'a', after: 'b', subscription: null, limit: 1 };
    expect(planOf(DEAD_QUERY, [place])).toMatch(/^SEARCH deliveries USING INDEX deliveries_dead /);
  });

  it.each(['certificates', 'issuances'])(
    'remove from %s without a scan for foreign keys',
    (table) => {
      const children = database
        .prepare<[string], { child: string; column: string }>(
          `SELECT s.name AS child, f."from" AS "column"
           FROM sqlite_schema s, pragma_foreign_key_list(s.name) f
           WHERE s.type = 'table' AND f."table" = ?`,
        )
        .all(table);
      for (const { child, column } of children) {
        const plan = planOf(`SELECT 1 FROM ${child} WHERE ${column} = ?`, ['x']);
        expect(plan).toMatch(/^SEARCH/);
      }
      expect(children.length).toBe({ certificates: 5, issuances: 1 }[table]);
    },
  );
});

function planOf(query: string, parameters: readonly unknown[]): string {
  return database
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
    .all(...parameters)
    .map(({ detail }) => detail)
    .join('\n');
}
