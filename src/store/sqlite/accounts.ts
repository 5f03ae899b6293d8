/**
 * The table of ACME accounts.
 *
 * @module
 */
import type { AccountRecord } from '../records.ts';
import type { AccountTable } from '../store.ts';
import { eventsOfAccount } from '../certificate-changes.ts';
import type { Connection } from './connection.ts';
import { prepareAppendEvents } from './events.ts';
import {
  columnsOf,
  decodeInstant,
  decodeJson,
  decodeOptionalInstant,
  encodeInstant,
  encodeOptionalInstant,
  optional,
} from './rows.ts';
import { prepareInsertSecret } from './secrets.ts';

interface AccountRow {
  readonly directory_url: string;
  readonly url: string | null;
  readonly contact: string;
  readonly key_secret_id: string;
  readonly next_key_secret_id: string | null;
  readonly created_at: number;
  readonly deactivated_at: number | null;
}

const COLUMNS = columnsOf([
  'directory_url',
  'url',
  'contact',
  'key_secret_id',
  'next_key_secret_id',
  'created_at',
  'deactivated_at',
] satisfies (keyof AccountRow)[]);

export function createAccountTable(connection: Connection): AccountTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
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
  // A key that was replaced must not be found, not even with the key-encryption key.
  const deleteUnused = database.prepare<{ id: string }>(
    `DELETE FROM secrets WHERE id = @id AND NOT EXISTS
     (SELECT 1 FROM accounts WHERE key_secret_id = @id OR next_key_secret_id = @id)`,
  );

  return {
    save: (record, secret) =>
      write(`save the account of ${record.directoryUrl}`, () => {
        const before = byDirectory.get(record.directoryUrl);
        if (secret !== undefined) insertSecret(secret);
        save.run(encode(record));
        tell(eventsOfAccount(before === undefined ? undefined : decode(before), record));
        for (const id of [before?.key_secret_id, before?.next_key_secret_id]) {
          if (typeof id === 'string') deleteUnused.run({ id });
        }
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
    next_key_secret_id: record.nextKeySecretId ?? null,
    created_at: encodeInstant(record.createdAt),
    deactivated_at: encodeOptionalInstant(record.deactivatedAt),
  };
}

function decode(row: AccountRow): AccountRecord {
  return {
    directoryUrl: row.directory_url,
    ...optional('url', row.url),
    contact: decodeJson(row.contact) as string[],
    keySecretId: row.key_secret_id,
    ...optional('nextKeySecretId', row.next_key_secret_id),
    createdAt: decodeInstant(row.created_at),
    ...optional('deactivatedAt', decodeOptionalInstant(row.deactivated_at)),
  };
}
