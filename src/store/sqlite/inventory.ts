/**
 * Pages of certificates, issuances and orders, by filters.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { coveringWildcard, isWildcard } from '../../core/names.ts';
import {
  type CertificateFilter,
  type CertificateSort,
  type CertificateStatus,
  type HistoryFilter,
  type InventoryTable,
  type Within,
} from '../inventory.ts';
import { CERTIFICATE_COLUMNS, type CertificateRow, decodeCertificate } from './certificate-row.ts';
import type { Connection } from './connection.ts';
import {
  decodeIssuance,
  ISSUANCE_COLUMNS,
  type IssuanceRow,
  prepareFindIssuance,
} from './issuance-row.ts';
import { decodeOrder, ORDER_COLUMNS, type OrderRow } from './order-row.ts';
import { encodeInstant } from './rows.ts';

type Parameters = Record<string, string | number>;

const IN_TROUBLE = '(failure_count IS NOT NULL OR waiting IS NOT NULL)';
const IS_FAILING = `${IN_TROUBLE} AND (failure_count IS NOT NULL OR waiting ->> '$.until' IS NULL)`;
const IS_REVOKED = 'issuance_id IN (SELECT id FROM issuances WHERE revoked_at IS NOT NULL)';
const IS_ALIVE = `expiry > @now AND NOT (${IS_REVOKED})`;
/** As `statusOf` in lifecycle judges a record, in terms that indexes answer. */
const CONDITIONS: Readonly<Record<CertificateStatus, readonly string[]>> = {
  valid: ['expiry > @now', `NOT (${IS_FAILING})`, `NOT (${IS_REVOKED})`],
  expired: ['expiry BETWEEN 1 AND @now', `NOT (${IS_REVOKED})`],
  revoked: [IS_REVOKED],
  pending: ['expiry = 0', 'issuance_id IS NULL', `NOT (${IS_FAILING})`],
  failing: [IS_FAILING, `(issuance_id IS NULL OR (${IS_ALIVE}))`],
};
/** What an `identity` has before its names. */
const NAMES = "substr(identity, instr(identity, ' '))";
const ORDERS: Readonly<Record<CertificateSort, { readonly by: string; readonly after: string }>> = {
  created: { by: 'id', after: 'id > @after' },
  '-created': { by: 'id DESC', after: 'id < @after' },
  expires: { by: 'expiry, id', after: '(expiry, id) > (@expires, @after)' },
};

const LAST = '~';
const DAY_MS = 86_400_000;

export function createInventoryTable({ database, read }: Connection): InventoryTable {
  const prepared = new Map<string, Database.Statement<[Parameters]>>();
  /** The texts are of a few fixed parts: there are not many of them. */
  function all<Row>(sql: string, parameters: Parameters): Row[] {
    const statement = prepared.get(sql) ?? database.prepare<[Parameters]>(sql);
    prepared.set(sql, statement);
    return statement.all(parameters) as Row[];
  }
  function count(conditions: readonly string[], parameters: Parameters): number {
    const sql = `SELECT COUNT(*) AS found FROM certificates ${where(conditions)}`;
    return all<{ found: number }>(sql, parameters)[0]?.found ?? 0;
  }
  const byId = database.prepare<[string], CertificateRow>(
    `SELECT ${CERTIFICATE_COLUMNS.list} FROM certificates WHERE id = ?`,
  );
  const findIssuance = prepareFindIssuance(database);

  return {
    certificates: (filter, { sort, limit, after }) =>
      read('list the certificates', () => {
        const { conditions, parameters } = conditionsOf(filter);
        const order = ORDERS[sort];
        if (after !== undefined) {
          conditions.push(order.after);
          parameters['after'] = after.id;
          if (sort === 'expires') parameters['expires'] = after.expiresAt;
        }
        // Indexes hold all that is asked here; rows are read for this page only.
        return all<{ id: string }>(
          `SELECT id FROM certificates ${where(conditions)} ORDER BY ${order.by} LIMIT @limit`,
          { ...parameters, limit },
        )
          .flatMap(({ id }) => byId.all(id))
          .map((row) => {
            const issuance = row.issuance_id === null ? undefined : findIssuance(row.issuance_id);
            const certificate = decodeCertificate(row);
            return { certificate, ...(issuance === undefined ? {} : { issuance }) };
          });
      }),
    count: (filter) =>
      read('count the certificates', () => {
        const { conditions, parameters } = conditionsOf(filter);
        const now = { now: encodeInstant(filter.now) };
        const found = (status: CertificateStatus): number =>
          count([...CONDITIONS[status], ...conditions], { ...parameters, ...now });
        const [expired, revoked, pending, failing] = [
          found('expired'),
          found('revoked'),
          found('pending'),
          found('failing'),
        ];
        const valid = count(conditions, parameters) - expired - revoked - pending - failing;
        const byExpiry = all<{ day: number; certificates: number }>(
          `SELECT expiry / ${DAY_MS} AS day, COUNT(*) AS certificates
           FROM certificates ${where(['expiry > 0', ...conditions])} GROUP BY 1 ORDER BY 1`,
          parameters,
        ).map(({ day, certificates }) => ({
          day: new Date(day * DAY_MS).toISOString().slice(0, 10),
          certificates,
        }));
        return { byStatus: { valid, expired, revoked, pending, failing }, byExpiry };
      }),
    issuances: (filter, { after = LAST, limit }) =>
      read('list the issuances', () => {
        const { conditions, parameters } = historyConditions('issuances', filter);
        return all<IssuanceRow>(
          `SELECT ${ISSUANCE_COLUMNS.list} FROM issuances
           ${where([...conditions, 'id < @after'])} ORDER BY id DESC LIMIT @limit`,
          { ...parameters, after, limit },
        ).map(decodeIssuance);
      }),
    orders: ({ isFinished, ...filter }, { after = LAST, limit }) =>
      read('list the orders', () => {
        const { conditions, parameters } = historyConditions('orders', filter);
        if (isFinished !== undefined) {
          conditions.push(isFinished ? 'outcome IS NOT NULL' : 'outcome IS NULL');
        }
        return all<OrderRow>(
          `SELECT ${ORDER_COLUMNS.list} FROM orders
           ${where([...conditions, 'id < @after'])} ORDER BY id DESC LIMIT @limit`,
          { ...parameters, after, limit },
        ).map(decodeOrder);
      }),
  };
}

function conditionsOf(filter: CertificateFilter): {
  conditions: string[];
  parameters: Parameters;
} {
  const { now, within, status, expiresFrom, expiresBefore, name, text } = filter;
  const conditions: string[] = [];
  const parameters: Parameters = {};
  if (within !== undefined) {
    // The texts alone show most of those that are others'.
    const parts = within.map((bound, index) => {
      parameters[`part${index}`] = isWildcard(bound) ? bound.slice(1) : bound;
      return `instr(identity, @part${index}) > 0`;
    });
    conditions.push(parts.length === 0 ? 'FALSE' : `(${parts.join(' OR ')})`);
    bind(within, 'certificates.id', conditions, parameters);
  }
  if (status !== undefined) {
    conditions.push(...CONDITIONS[status]);
    parameters['now'] = encodeInstant(now);
  }
  if (expiresFrom !== undefined) {
    conditions.push('expiry >= @from AND expiry > 0');
    parameters['from'] = encodeInstant(expiresFrom);
  }
  if (expiresBefore !== undefined) {
    conditions.push('expiry BETWEEN 1 AND @before - 1');
    parameters['before'] = encodeInstant(expiresBefore);
  }
  if (name !== undefined) {
    conditions.push(
      'id IN (SELECT certificate_id FROM certificate_names WHERE name IN (@name, @wildcard))',
    );
    parameters['name'] = name;
    parameters['wildcard'] = coveringWildcard(name) ?? name;
  }
  if (text !== undefined) {
    // A comma would be found between two names.
    conditions.push(text.includes(',') ? 'FALSE' : `instr(${NAMES}, @text) > 0`);
    parameters['text'] = text;
  }
  return { conditions, parameters };
}

function historyConditions(
  table: 'issuances' | 'orders',
  { certificateId, within }: HistoryFilter,
): {
  conditions: string[];
  parameters: Parameters;
} {
  const conditions: string[] = [];
  const parameters: Parameters = {};
  if (certificateId !== undefined) {
    conditions.push('certificate_id = @certificate');
    parameters['certificate'] = certificateId;
  }
  if (within !== undefined) bind(within, `${table}.certificate_id`, conditions, parameters);
  return { conditions, parameters };
}

/** As `isWithin` in core: with `*` for its first label, a name is one of the wildcards. */
function bind(within: Within, id: string, conditions: string[], parameters: Parameters): void {
  conditions.push(
    `NOT EXISTS (SELECT 1 FROM certificate_names AS bound WHERE bound.certificate_id = ${id}
      AND bound.name NOT IN (SELECT value FROM json_each(@within))
      AND '*' || substr(bound.name, instr(bound.name, '.')) NOT IN
        (SELECT value FROM json_each(@within)))`,
  );
  parameters['within'] = JSON.stringify(within);
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}
