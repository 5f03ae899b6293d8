/**
 * The table of sealed keys, to which all others refer.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import type { SecretRecord } from '../records.ts';
import type { SecretTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { columnsOf, decodeBytes } from './rows.ts';

interface SecretRow {
  readonly id: string;
  readonly kek_id: string;
  readonly wrapped_key: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const COLUMNS = columnsOf([
  'id',
  'kek_id',
  'wrapped_key',
  'ciphertext',
] satisfies (keyof SecretRow)[]);

export function createSecretTable({ database, read, write }: Connection): SecretTable {
  const insert = prepareInsertSecret(database);
  const byId = database.prepare<[string], SecretRow>(
    `SELECT ${COLUMNS.list} FROM secrets WHERE id = ?`,
  );
  return {
    insert: (record) => write(`store the secret ${record.id}`, () => insert(record)),
    find: (id) =>
      read(`read the secret ${id}`, () => {
        const row = byId.get(id);
        return row === undefined ? undefined : decode(row);
      }),
  };
}

/** For the transactions of other tables. */
export function prepareInsertSecret(database: Database.Database): (record: SecretRecord) => void {
  const insert = database.prepare<[SecretRow]>(
    `INSERT INTO secrets (${COLUMNS.list}) VALUES (${COLUMNS.parameters})`,
  );
  return (record) => {
    insert.run(encode(record));
  };
}

function encode({ id, sealed }: SecretRecord): SecretRow {
  return {
    id,
    kek_id: sealed.kekId,
    wrapped_key: sealed.wrappedKey,
    ciphertext: sealed.ciphertext,
  };
}

function decode(row: SecretRow): SecretRecord {
  return {
    id: row.id,
    sealed: {
      kekId: row.kek_id,
      wrappedKey: decodeBytes(row.wrapped_key),
      ciphertext: decodeBytes(row.ciphertext),
    },
  };
}
