/**
 * Pages of certificates, issuances and orders, by filters.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { coveringWildcard } from '../../core/names.ts';
import {
  CERTIFICATE_STATUSES,
  type CertificateFilter,
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

/** As `statusOf` in lifecycle judges a record. */
const IS_FAILING = `(failure_count IS NOT NULL
  OR (waiting IS NOT NULL AND waiting ->> '$.until' IS NULL))`;
const STATUS = `CASE
  WHEN issuance_id IS NULL THEN IIF(${IS_FAILING}, 'failing', 'pending')
  WHEN issuance_id IN (SELECT id FROM issuances WHERE revoked_at IS NOT NULL) THEN 'revoked'
  WHEN expires_at <= @now THEN 'expired'
  WHEN ${IS_FAILING} THEN 'failing'
  ELSE 'valid' END`;

const LAST = '~';
const DAY_SECONDS = 86_400;

export function createInventoryTable({ database, read }: Connection): InventoryTable {
  const prepared = new Map<string, Database.Statement<[Parameters]>>();
  /** The texts are of a few fixed parts: there are not many of them. */
  function all<Row>(sql: string, parameters: Parameters): Row[] {
    const statement = prepared.get(sql) ?? database.prepare<[Parameters]>(sql);
    prepared.set(sql, statement);
    return statement.all(parameters) as Row[];
  }
  const findIssuance = prepareFindIssuance(database);

  return {
    certificates: (filter, { sort, limit, after }) =>
      read('list the certificates', () => {
        const { conditions, parameters } = conditionsOf(filter);
        const key = sort === 'created' ? 'id' : '(COALESCE(expires_at, 0), id)';
        if (after !== undefined) {
          conditions.push(sort === 'created' ? 'id > @after' : `${key} > (@expires, @after)`);
          parameters['after'] = after.id;
          if (sort === 'expires') parameters['expires'] = after.expiresAt;
        }
        const order = sort === 'created' ? 'id' : 'COALESCE(expires_at, 0), id';
        return all<CertificateRow>(
          `SELECT ${CERTIFICATE_COLUMNS.list} FROM certificates
           ${where(conditions)} ORDER BY ${order} LIMIT @limit`,
          { ...parameters, limit },
        ).map((row) => {
          const issuance = row.issuance_id === null ? undefined : findIssuance(row.issuance_id);
          const certificate = decodeCertificate(row);
          return { certificate, ...(issuance === undefined ? {} : { issuance }) };
        });
      }),
    count: (filter) =>
      read('count the certificates', () => {
        const { conditions, parameters } = conditionsOf(filter);
        const byStatus = Object.fromEntries(
          CERTIFICATE_STATUSES.map((status) => [status, 0]),
        ) as Record<CertificateStatus, number>;
        const statuses = all<{ status: CertificateStatus; certificates: number }>(
          `SELECT ${STATUS} AS status, COUNT(*) AS certificates FROM certificates
           ${where(conditions)} GROUP BY 1`,
          { ...parameters, now: encodeInstant(filter.now) },
        );
        for (const { status, certificates } of statuses) byStatus[status] = certificates;
        const byExpiry = all<{ day: string; certificates: number }>(
          `SELECT date(COALESCE(expires_at, 0) / 1000, 'unixepoch') AS day, COUNT(*) AS certificates
           FROM certificates ${where([...conditions, 'COALESCE(expires_at, 0) > 0'])}
           GROUP BY COALESCE(expires_at, 0) / ${DAY_SECONDS * 1000} ORDER BY 1`,
          parameters,
        );
        return { byStatus, byExpiry };
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
  const { now, within, status, expiresBefore, name, text } = filter;
  const conditions: string[] = [];
  const parameters: Parameters = {};
  if (within !== undefined) bind(within, 'certificates.id', conditions, parameters);
  if (status !== undefined) {
    conditions.push(`${STATUS} = @status`);
    parameters['status'] = status;
    parameters['now'] = encodeInstant(now);
  }
  if (expiresBefore !== undefined) {
    conditions.push('expires_at < @before');
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
    conditions.push(
      `EXISTS (SELECT 1 FROM certificate_names
        WHERE certificate_id = certificates.id AND instr(name, @text) > 0)`,
    );
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
