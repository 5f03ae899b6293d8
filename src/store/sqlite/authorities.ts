/**
 * The table of the internal CAs' own certificates.
 *
 * @module
 */
import type { AuthorityRecord, AuthorityRole } from '../records.ts';
import type { AuthorityTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { columnsOf, decodeInstant, encodeInstant } from './rows.ts';
import { prepareInsertSecret } from './secrets.ts';

interface AuthorityRow {
  readonly issuer: string;
  readonly role: string;
  readonly certificate_pem: string;
  readonly key_secret_id: string;
  readonly not_after: number;
}

const COLUMNS = columnsOf([
  'issuer',
  'role',
  'certificate_pem',
  'key_secret_id',
  'not_after',
] satisfies (keyof AuthorityRow)[]);

export function createAuthorityTable({ database, read, write }: Connection): AuthorityTable {
  const insert = database.prepare<[AuthorityRow]>(
    `INSERT INTO authorities (${COLUMNS.list}) VALUES (${COLUMNS.parameters})`,
  );
  const byRole = database.prepare<[string, AuthorityRole], AuthorityRow>(
    `SELECT ${COLUMNS.list} FROM authorities WHERE issuer = ? AND role = ?`,
  );
  const insertSecret = prepareInsertSecret(database);

  return {
    insert: (entries) =>
      write('insert the certificates of an internal CA', () => {
        for (const { record, secret } of entries) {
          insertSecret(secret);
          insert.run(encode(record));
        }
      }),
    find: (issuer, role) =>
      read(`read the ${role} certificate of the issuer ${issuer}`, () => {
        const row = byRole.get(issuer, role);
        return row === undefined ? undefined : decode(row);
      }),
  };
}

function encode(record: AuthorityRecord): AuthorityRow {
  return {
    issuer: record.issuer,
    role: record.role,
    certificate_pem: record.certificatePem,
    key_secret_id: record.keySecretId,
    not_after: encodeInstant(record.notAfter),
  };
}

function decode(row: AuthorityRow): AuthorityRecord {
  return {
    issuer: row.issuer,
    role: row.role as AuthorityRole,
    certificatePem: row.certificate_pem,
    keySecretId: row.key_secret_id,
    notAfter: decodeInstant(row.not_after),
  };
}
