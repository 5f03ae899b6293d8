/**
 * The table of managed certificates.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { MINUTE_MS } from '../../core/clock.ts';
import { coveringWildcard, type Name } from '../../core/names.ts';
import type { CertificateRecord } from '../records.ts';
import type { CertificateTable, CertificateWithIssuance } from '../store.ts';
import {
  CERTIFICATE_COLUMNS,
  type CertificateRow,
  decodeCertificate,
  encodeCertificate,
  encodeIdentities,
} from './certificate-row.ts';
import { eventOfRemoval, eventsOfCertificate } from '../certificate-changes.ts';
import type { Connection } from './connection.ts';
import { prepareAppendEvents } from './events.ts';
import { prepareFence } from './fence.ts';
import { prepareFindIssuance } from './issuance-row.ts';
import { prepareRemoveCertificate } from './remove-certificate.ts';
import { decodeOptionalInstant } from './rows.ts';
import { conflict } from './store-error.ts';

const SELECT = `SELECT ${CERTIFICATE_COLUMNS.list} FROM certificates`;

/** NULL comes first: what has no certificate at all waits for nothing but us. */
const BY_TIME_LEFT = 'ORDER BY expires_at, next_action_at, id LIMIT ?';
export const DUE_QUERY = `SELECT id FROM certificates WHERE next_action_at <= ? ${BY_TIME_LEFT}`;
export const AHEAD_QUERY = `SELECT id FROM certificates
  WHERE next_action_at IS NOT NULL AND updated_at > ? ORDER BY expires_at, id LIMIT ?`;
/** Clocks of one machine differ by less; one that was set back by less costs no more. */
const CLOCK_TOLERANCE_MS = MINUTE_MS;
const CHANGED = 'another process has changed or removed it';
/** The one with an EC key first. */
export const WITH_NAMES_QUERY = `${SELECT} WHERE identity IN (?, ?) ORDER BY identity`;
export const CONFIGURED_QUERY = `${SELECT} WHERE source IN ('file', 'endpoint') ORDER BY id`;
export const COVERING_QUERY = `${SELECT} WHERE id IN (
  SELECT certificate_id FROM certificate_names WHERE name IN (?, ?)
) ORDER BY id`;

export function createCertificateTable(connection: Connection): CertificateTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
  const insert = database.prepare<[CertificateRow]>(
    `INSERT INTO certificates (${CERTIFICATE_COLUMNS.list})
     VALUES (${CERTIFICATE_COLUMNS.parameters})`,
  );
  const byId = database.prepare<[string], CertificateRow>(`${SELECT} WHERE id = ?`);
  const withNames = database.prepare<[string, string], CertificateRow>(WITH_NAMES_QUERY);
  const page = database.prepare<[string, number], CertificateRow>(
    `${SELECT} WHERE id > ? ORDER BY id LIMIT ?`,
  );
  const configured = database.prepare<[], CertificateRow>(CONFIGURED_QUERY);
  const covering = database.prepare<[Name, Name], CertificateRow>(COVERING_QUERY);
  const due = database.prepare<[number, number], string>(DUE_QUERY).pluck();
  const ahead = database.prepare<[number, number], string>(AHEAD_QUERY).pluck();
  const earliest = database
    .prepare<[], number>(
      `SELECT next_action_at FROM certificates
       WHERE next_action_at IS NOT NULL ORDER BY next_action_at LIMIT 1`,
    )
    .pluck();
  const insertNames = prepareInsertNames(database);
  const update = prepareUpdateCertificate(database);
  const check = prepareFence(database);
  const remove = prepareRemoveCertificate(database);
  const findIssuance = prepareFindIssuance(database);

  const withIssuance = (row: CertificateRow): CertificateWithIssuance => {
    const certificate = decodeCertificate(row);
    const issuance = row.issuance_id === null ? undefined : findIssuance(row.issuance_id);
    return { certificate, ...(issuance === undefined ? {} : { issuance }) };
  };

  return {
    insert: (record) =>
      write(`insert the certificate ${named(record)}`, () => {
        insert.run(encodeCertificate(record));
        insertNames(record);
      }),
    update: (record, fence) =>
      write(updateTask(record), () => {
        check(fence, updateTask(record));
        const before = byId.get(record.id);
        const updated = update(record);
        if (before !== undefined) {
          const { certificate, issuance } = withIssuance(before);
          tell(eventsOfCertificate(certificate, updated, issuance));
        }
        return updated;
      }),
    find: (id) =>
      read(`read the certificate ${id}`, () => {
        const row = byId.get(id);
        return row === undefined ? undefined : decodeCertificate(row);
      }),
    withNames: (names) =>
      read('find certificates by their names', () =>
        withNames.all(...encodeIdentities(names)).map(decodeCertificate),
      ),
    list: ({ after = '', limit }) =>
      read('list the certificates', () => page.all(after, limit).map(withIssuance)),
    configured: () =>
      read('list the configured certificates', () => configured.all().map(decodeCertificate)),
    covering: (name) =>
      read(`find the certificates that cover ${name}`, () =>
        covering.all(name, coveringWildcard(name) ?? name).map(withIssuance),
      ),
    due: (now, limit) =>
      read('find the certificates that are due', () =>
        [
          ...new Set([
            ...due.all(now.getTime(), limit),
            ...ahead.all(now.getTime() + CLOCK_TOLERANCE_MS, limit),
          ]),
        ]
          .slice(0, limit)
          .flatMap((id) => byId.all(id).map(decodeCertificate)),
      ),
    earliestActionAt: () =>
      read(
        'find the next action',
        () => decodeOptionalInstant(earliest.get() ?? null) ?? undefined,
      ),
    remove: (id, revision) =>
      write(`remove the certificate ${id}`, () => {
        const row = byId.get(id);
        if (revision !== undefined && row?.revision !== revision) {
          throw conflict(`remove the certificate ${id}`, CHANGED);
        }
        if (row === undefined) return;
        const { certificate, issuance } = withIssuance(row);
        remove(id);
        tell([eventOfRemoval(certificate, issuance)]);
      }),
  };
}

/** For the transactions of other tables. */
export function prepareFindCertificate(
  database: Database.Database,
): (id: string) => CertificateRecord | undefined {
  const byId = database.prepare<[string], CertificateRow>(`${SELECT} WHERE id = ?`);
  return (id) => {
    const row = byId.get(id);
    return row === undefined ? undefined : decodeCertificate(row);
  };
}

/** For the transactions of other tables; `store/conflict` unless the revision is the stored one. */
export function prepareUpdateCertificate(
  database: Database.Database,
): (record: CertificateRecord) => CertificateRecord {
  const update = database.prepare<[CertificateRow & { readonly expected: number }]>(
    `UPDATE certificates SET ${CERTIFICATE_COLUMNS.assignments},
       expires_at = (SELECT not_after FROM issuances WHERE issuances.id = @issuance_id)
     WHERE id = @id AND revision = @expected`,
  );
  const identityOf = database
    .prepare<[string], string>('SELECT identity FROM certificates WHERE id = ?')
    .pluck();
  const deleteNames = database.prepare<[string]>(
    'DELETE FROM certificate_names WHERE certificate_id = ?',
  );
  const insertNames = prepareInsertNames(database);
  return (record) => {
    const updated = { ...record, revision: record.revision + 1 };
    const row = encodeCertificate(updated);
    const before = identityOf.get(record.id);
    if (update.run({ ...row, expected: record.revision }).changes === 0) {
      throw conflict(updateTask(record), CHANGED);
    }
    if (before !== row.identity) {
      deleteNames.run(record.id);
      insertNames(record);
    }
    return updated;
  };
}

function prepareInsertNames(database: Database.Database): (record: CertificateRecord) => void {
  const insert = database.prepare<[Name, string]>(
    'INSERT INTO certificate_names (name, certificate_id) VALUES (?, ?)',
  );
  return ({ id, spec }) => {
    for (const name of new Set(spec.names)) insert.run(name, id);
  };
}

function updateTask(record: CertificateRecord): string {
  return `update the certificate ${named(record)}`;
}

function named({ id, spec }: CertificateRecord): string {
  return spec.names[0] ?? id;
}
