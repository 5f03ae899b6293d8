/**
 * The table of sealed keys, to which all others refer.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { AppError } from '../../core/errors.ts';
import type { SecretRecord } from '../records.ts';
import { type KekUse, KEYRING_CHECK, type SecretTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { prepareAppendEvents } from './events.ts';
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

// Rows stay in the order of their creation, so a page goes on where the last one ended.
export const BY_KEK_QUERY = `SELECT ${COLUMNS.list} FROM secrets
  WHERE kek_id = ? AND rowid > coalesce((SELECT rowid FROM secrets WHERE id = ?), 0)
  ORDER BY rowid LIMIT ?`;
const KEK_USE_QUERY = 'SELECT kek_id AS kekId, count(*) AS secrets FROM secrets GROUP BY kek_id';

export function createSecretTable(connection: Connection): SecretTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
  const insert = prepareInsertSecret(database);
  const check = prepareCheckKek(database);
  const byId = database.prepare<[string], SecretRow>(
    `SELECT ${COLUMNS.list} FROM secrets WHERE id = ?`,
  );
  const byKek = database.prepare<[string, string, number], SecretRow>(BY_KEK_QUERY);
  const uses = database.prepare<[], KekUse>(KEK_USE_QUERY);
  const rewrap = database.prepare<[string, Uint8Array, string, string]>(
    'UPDATE secrets SET kek_id = ?, wrapped_key = ? WHERE id = ? AND kek_id = ?',
  );
  return {
    insert: (record) => write(`store the secret ${record.id}`, () => insert(record)),
    find: (id) =>
      read(`read the secret ${id}`, () => {
        const row = byId.get(id);
        return row === undefined ? undefined : decode(row);
      }),
    countByKek: () => read('count the secrets', () => uses.all()),
    listByKek: (kekId, { after = '', limit }) =>
      read(`list the secrets of ${kekId}`, () => byKek.all(kekId, after, limit).map(decode)),
    replaceWrapping: (fromKekId, records) =>
      write('wrap the data keys again', () => {
        let replaced = 0;
        for (const { id, sealed } of records) {
          if (id !== KEYRING_CHECK) check(id, sealed.kekId);
          const { changes } = rewrap.run(sealed.kekId, sealed.wrappedKey, id, fromKekId);
          replaced += changes;
          if (id !== KEYRING_CHECK || changes === 0 || sealed.kekId === fromKekId) continue;
          const data = { kekId: sealed.kekId, previousKekId: fromKekId };
          tell([{ type: 'keyring.rotated.v1', names: [], data }]);
        }
        return replaced;
      }),
  };
}

/** For the transactions of other tables. */
export function prepareInsertSecret(database: Database.Database): (record: SecretRecord) => void {
  const check = prepareCheckKek(database);
  const insert = database.prepare<[SecretRow]>(
    `INSERT INTO secrets (${COLUMNS.list}) VALUES (${COLUMNS.parameters})`,
  );
  return (record) => {
    check(record.id, record.sealed.kekId);
    insert.run(encode(record));
  };
}

/** Within the transaction that writes, so that no other process can come between. */
function prepareCheckKek(database: Database.Database): (id: string, kekId: string) => void {
  const inForce = database
    .prepare<[string], string>('SELECT kek_id FROM secrets WHERE id = ?')
    .pluck();
  return (id, kekId) => {
    const current = inForce.get(KEYRING_CHECK);
    if (current === undefined || current === kekId) return;
    throw new AppError(
      'keyring/retired',
      `cannot store the secret ${id}: its key-encryption key ${kekId} is not in force`,
      { mend: 'Try again.', context: { secret: id, kekId: current } },
    );
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
