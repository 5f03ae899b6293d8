/**
 * What is counted for monitoring.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { after, DAY_MS } from '../../core/clock.ts';
import { tokenInterval, tokensLeft } from '../../core/token-bucket.ts';
import type { OrderOutcome } from '../records.ts';
import {
  type BudgetLimit,
  type BudgetUse,
  EXPIRY_HORIZONS_DAYS,
  type OrderTotals,
  type StatisticsTable,
  type StoreStatistics,
} from '../statistics.ts';
import type { Connection } from './connection.ts';
import { decodeInstant, decodeOptionalInstant, encodeInstant, optional } from './rows.ts';

export const STATISTICS_QUERIES = {
  expiring: 'SELECT COUNT(*) FROM certificates WHERE expiry > ? AND expiry <= ?',
  nextExpiry: 'SELECT MIN(expiry) FROM certificates WHERE expiry > ?',
  due: 'SELECT COUNT(*) FROM certificates WHERE next_action_at <= ?',
  nextAction: 'SELECT MIN(next_action_at) FROM certificates WHERE next_action_at IS NOT NULL',
  waiting: `SELECT COUNT(*) FROM certificates
    WHERE waiting IS NOT NULL AND waiting ->> '$.until' > ?`,
  paused: `SELECT COUNT(*) FROM certificates
    WHERE waiting IS NOT NULL AND waiting ->> '$.until' IS NULL`,
  parked: 'SELECT COUNT(*) FROM certificates WHERE failure_parked_at IS NOT NULL',
  unfinishedOrders: 'SELECT COUNT(*) FROM orders WHERE outcome IS NULL',
  known: 'SELECT COUNT(*) FROM certificates WHERE renewal_window_start IS NOT NULL',
  inWindow: 'SELECT COUNT(*) FROM certificates WHERE renewal_window_start <= ?',
  withoutAnswer: 'SELECT COUNT(*) FROM certificates WHERE renewal_failures IS NOT NULL',
  failing: `SELECT failure_error ->> '$.code' AS code, COUNT(*) AS certificates,
      MIN(failure_since) AS since
    FROM certificates WHERE failure_count IS NOT NULL GROUP BY 1`,
  deployments: `SELECT target, COUNT(*) AS all_of_them, SUM(failures > 0) AS failing
    FROM deployments GROUP BY target`,
  leases: `SELECT substr(name, 1, instr(name || '/', '/') - 1) AS kind, COUNT(*) AS held
    FROM leases WHERE holder IS NOT NULL AND expires_at > ? GROUP BY 1 ORDER BY 1`,
} as const;

const ORDERS = `SELECT issuer, outcome, bucket, orders, milliseconds, most_milliseconds
  FROM order_totals JOIN order_buckets USING (bucket) ORDER BY issuer, outcome, bucket`;
const DURATIONS = 'SELECT most_milliseconds FROM order_buckets ORDER BY bucket';
/** A scope is a word, a URL and perhaps more, with spaces between them. */
const PAUSES = `WITH paused AS (
    SELECT substr(scope, 1, instr(scope, ' ') - 1) AS word,
      substr(scope, instr(scope, ' ') + 1) || ' ' AS subject
    FROM pauses WHERE until IS NULL OR until > ?)
  SELECT word, substr(subject, 1, instr(subject, ' ') - 1) AS directoryUrl, COUNT(*) AS scopes
  FROM paused GROUP BY 1, 2 ORDER BY 1, 2`;
/** `!` comes after the space. */
export const BUDGET_QUERY = `SELECT COUNT(*) AS used, MAX(full_at) AS last,
    COALESCE(SUM(full_at > @exhausted), 0) AS exhausted
  FROM buckets
  WHERE scope >= @scope AND scope < @scope || '!' AND (scope = @scope OR scope >= @scope || ' ')
    AND full_at > @now`;

interface OrderTotalRow {
  readonly issuer: string;
  readonly outcome: OrderOutcome;
  readonly bucket: number;
  readonly orders: number;
  readonly milliseconds: number;
}

export function createStatisticsTable({ database, read }: Connection): StatisticsTable {
  const queries = STATISTICS_QUERIES;
  const numberOf = prepareNumbers(database);
  const failing = database.prepare<
    [],
    { code: string | null; certificates: number; since: number | null }
  >(queries.failing);
  const orders = database.prepare<[], OrderTotalRow>(ORDERS);
  const durations = database.prepare<[], number | null>(DURATIONS).pluck();
  const deployments = database.prepare<
    [],
    { target: string; all_of_them: number; failing: number }
  >(queries.deployments);
  const leases = database.prepare<[number], { kind: string; held: number }>(queries.leases);
  const pauses = database.prepare<[number], { word: string; directoryUrl: string; scopes: number }>(
    PAUSES,
  );
  const pageSize = database.prepare<[], number>('PRAGMA page_size').pluck();
  const pages = database.prepare<[], number>('PRAGMA page_count').pluck();
  const freePages = database.prepare<[], number>('PRAGMA freelist_count').pluck();
  const budget = database.prepare<
    [{ scope: string; now: number; exhausted: number }],
    { used: number; last: number | null; exhausted: number }
  >(BUDGET_QUERY);

  function readAll(at: Date): StoreStatistics {
    const now = encodeInstant(at);
    const count = (query: keyof typeof queries, ...parameters: readonly (number | string)[]) =>
      numberOf(query, parameters) ?? 0;
    const nextActionAt = numberOf('nextAction', []);
    const due = count('due', now);
    const bytesPerPage = pageSize.get() ?? 0;
    return {
      expiring: EXPIRY_HORIZONS_DAYS.map((days) => ({
        days,
        certificates: count('expiring', now, encodeInstant(after(at, days * DAY_MS))),
      })),
      ...optional('nextExpiry', decodeOptionalInstant(numberOf('nextExpiry', [now]))),
      queue: {
        due,
        ...optional('dueSince', due === 0 ? null : decodeOptionalInstant(nextActionAt)),
        ...optional('nextActionAt', decodeOptionalInstant(nextActionAt)),
        waiting: count('waiting', at.toISOString()),
        paused: count('paused'),
        parked: count('parked'),
        unfinishedOrders: count('unfinishedOrders'),
      },
      renewalInfo: {
        known: count('known'),
        inWindow: count('inWindow', now),
        failing: count('withoutAnswer'),
      },
      failing: failing.all().map(({ code, certificates, since }) => ({
        code: code ?? 'internal',
        certificates,
        since: decodeInstant(since ?? now),
      })),
      orders: totalsOf(orders.all(), durations.all()),
      deployments: deployments.all().map(({ target, all_of_them: all, failing: failed }) => ({
        target,
        deployed: all - failed,
        failing: failed,
      })),
      leases: leases.all(now),
      pauses: pauses.all(now),
      size: {
        bytes: bytesPerPage * (pages.get() ?? 0),
        freeBytes: bytesPerPage * (freePages.get() ?? 0),
      },
    };
  }

  function useOf({ scope, limit }: BudgetLimit, now: number): BudgetUse {
    // Up to one interval before it is empty there is still a token.
    const exhausted = now + tokenInterval(limit) * (limit.count - 1);
    const row = budget.get({ scope, now, exhausted });
    return {
      used: row?.used ?? 0,
      exhausted: row?.exhausted ?? 0,
      left: tokensLeft(row?.last ?? undefined, limit, now),
    };
  }

  return {
    read: (now) => read('count what there is', () => readAll(now)),
    budgets: (limits, now) =>
      read('count what is left of the budgets', () =>
        limits.map((limit) => useOf(limit, encodeInstant(now))),
      ),
  };
}

function prepareNumbers(
  database: Database.Database,
): (
  query: keyof typeof STATISTICS_QUERIES,
  parameters: readonly (number | string)[],
) => number | null {
  const prepared = new Map(
    Object.entries(STATISTICS_QUERIES).map(([name, sql]) => [
      name,
      database.prepare<(number | string)[], number | null>(sql).pluck(),
    ]),
  );
  return (query, parameters) => prepared.get(query)?.get(...parameters) ?? null;
}

function totalsOf(
  rows: readonly OrderTotalRow[],
  durations: readonly (number | null)[],
): OrderTotals[] {
  const byKind = Map.groupBy(rows, ({ issuer, outcome }) => JSON.stringify([issuer, outcome]));
  return [...byKind.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { issuer, outcome } = first;
    const counted = new Map(same.map(({ bucket, orders }) => [bucket, orders]));
    return {
      issuer,
      outcome,
      byDuration: durations.map((mostMs, bucket) => ({
        ...optional('mostMs', mostMs),
        orders: counted.get(bucket) ?? 0,
      })),
      milliseconds: same.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    };
  });
}
