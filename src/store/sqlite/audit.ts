/**
 * The audit log.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import type { WireError } from '../../core/error-wire.ts';
import type { AuditActor, AuditFilter, AuditRecord, AuditTable } from '../access.ts';
import type { Connection } from './connection.ts';
import {
  columnsOf,
  decodeInstant,
  decodeJson,
  decodeOptionalInstant,
  encodeInstant,
  encodeOptionalInstant,
  encodeOptionalJson,
  optional,
} from './rows.ts';

interface AuditRow {
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly operation: string;
  readonly names: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly outcome: string;
  readonly error: string | null;
  readonly finished_at: number | null;
}

const COLUMNS = columnsOf([
  'id',
  'at',
  'actor',
  'operation',
  'names',
  'before',
  'after',
  'outcome',
  'error',
  'finished_at',
] satisfies (keyof AuditRow)[]);

/** After every id: no character of an id sorts behind it. */
const LAST = '~';

export function createAuditTable({ database, read, write }: Connection): AuditTable {
  const insert = database.prepare<[AuditRow]>(
    `INSERT INTO audit (${COLUMNS.list}) VALUES (${COLUMNS.parameters})`,
  );
  const finish = database.prepare<
    Pick<AuditRow, 'id' | 'after' | 'outcome' | 'error' | 'finished_at'>
  >(
    `UPDATE audit SET after = @after, outcome = @outcome, error = @error, finished_at = @finished_at
     WHERE id = @id AND outcome = 'begun'`,
  );
  const pages = new Map<string, Database.Statement<[object], AuditRow>>();
  /** One for each kind of filter. */
  function pageOf(filter: AuditFilter): Database.Statement<[object], AuditRow> {
    const query = auditQuery(filter);
    const statement = pages.get(query) ?? database.prepare<[object], AuditRow>(query);
    pages.set(query, statement);
    return statement;
  }
  const prune = database.prepare<[number]>(
    `DELETE FROM audit WHERE id <= (SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET ?)`,
  );
  return {
    append: (record) => write('write the audit log', () => void insert.run(encodeAudit(record))),
    finish: (id, { after, outcome, error, finishedAt }) =>
      write(
        'write the audit log',
        () =>
          void finish.run({
            id,
            after: encodeOptionalJson(after),
            outcome,
            error: encodeOptionalJson(error),
            finished_at: encodeInstant(finishedAt),
          }),
      ),
    list: ({ after = LAST, limit, ...filter }) =>
      read('list the audit log', () =>
        pageOf(filter)
          .all({ after, limit, ...filter })
          .map(decodeAudit),
      ),
    prune: (keep) => write('shorten the audit log', () => void prune.run(keep)),
  };
}

/** Each page is the end of an index, whatever the filter lets through. */
export function auditQuery({ actor, operation }: AuditFilter): string {
  const conditions = [
    'id < @after',
    ...(operation === undefined ? [] : ['operation = @operation']),
  ];
  const pageOf = (what: string, more: readonly string[] = []): string =>
    `SELECT ${what} FROM audit WHERE ${[...more, ...conditions].join(' AND ')}
     ORDER BY id DESC LIMIT @limit`;
  if (actor === undefined) return pageOf(COLUMNS.list);
  const [byId, byName] = ['id', 'name'].map((field) =>
    pageOf('id', [`json_extract(actor, '$.${field}') = @actor`]),
  );
  return `SELECT ${COLUMNS.list} FROM audit
    WHERE id IN (SELECT id FROM (${byId}) UNION SELECT id FROM (${byName}))
    ORDER BY id DESC LIMIT @limit`;
}

function encodeAudit(record: AuditRecord): AuditRow {
  return {
    id: record.id,
    at: encodeInstant(record.at),
    actor: JSON.stringify(record.actor),
    operation: record.operation,
    names: JSON.stringify(record.names),
    before: encodeOptionalJson(record.before),
    after: encodeOptionalJson(record.after),
    outcome: record.outcome,
    error: encodeOptionalJson(record.error),
    finished_at: encodeOptionalInstant(record.finishedAt),
  };
}

function decodeAudit(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    at: decodeInstant(row.at),
    actor: decodeJson(row.actor) as AuditActor,
    operation: row.operation,
    names: decodeJson(row.names) as string[],
    ...optional('before', row.before === null ? null : decodeJson(row.before)),
    ...optional('after', row.after === null ? null : decodeJson(row.after)),
    outcome: row.outcome as AuditRecord['outcome'],
    ...optional('error', row.error === null ? null : (decodeJson(row.error) as WireError)),
    ...optional('finishedAt', decodeOptionalInstant(row.finished_at)),
  };
}
