/**
 * The table of ACME accounts.
 *
 * @module
 */
import type { AccountRecord } from '../records.ts';
import type { AccountTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { columnsOf, decodeInstant, decodeJson, encodeInstant, optional } from './rows.ts';
import { prepareInsertSecret } from './secrets.ts';

interface AccountRow {
  readonly directory_url: string;
  readonly url: string | null;
  readonly contact: string;
  readonly key_secret_id: string;
  readonly created_at: number;
}

const COLUMNS = columnsOf([
  'directory_url',
  'url',
  'contact',
  'key_secret_id',
  'created_at',
] satisfies (keyof AccountRow)[]);

export function createAccountTable({ database, read, write }: Connection): AccountTable {
  const save = database.prepare<[AccountRow]>(
    `INSERT INTO accounts (${COLUMNS.list}) VALUES (${COLUMNS.parameters})
     ON CONFLICT (directory_url) DO UPDATE SET ${COLUMNS.assignments}`,
  );
  const byDirectory = database.prepare<[string], AccountRow>(
    `SELECT ${COLUMNS.list} FROM accounts WHERE directory_url = ?`,
  );
  const all = database.prepare<[], AccountRow>(
    `SELECT ${COLUMNS.list} FROM accounts ORDER BY directory_url`,
  );
  const insertSecret = prepareInsertSecret(database);

  return {
    save: (record, secret) =>
      write(`save the account of ${record.directoryUrl}`, () => {
        if (secret !== undefined) insertSecret(secret);
        save.run(encode(record));
      }),
    find: (directoryUrl) =>
      read(`read the account of ${directoryUrl}`, () => {
        const row = byDirectory.get(directoryUrl);
        return row === undefined ? undefined : decode(row);
      }),
    list: () => read('list the accounts', () => all.all().map(decode)),
  };
}

function encode(record: AccountRecord): AccountRow {
  return {
    directory_url: record.directoryUrl,
    url: record.url ?? null,
    contact: JSON.stringify(record.contact),
    key_secret_id: record.keySecretId,
    created_at: encodeInstant(record.createdAt),
  };
}

function decode(row: AccountRow): AccountRecord {
  return {
    directoryUrl: row.directory_url,
    ...optional('url', row.url),
    contact: decodeJson(row.contact) as string[],
    keySecretId: row.key_secret_id,
    createdAt: decodeInstant(row.created_at),
  };
}
