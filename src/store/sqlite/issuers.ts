/**
 * The table of issuers that the command line introduced.
 *
 * @module
 */
import type { IssuerRecord } from '../records.ts';
import type { IssuerTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { columnsOf, decodeJson, optional } from './rows.ts';
import { prepareInsertSecret } from './secrets.ts';

interface IssuerRow {
  readonly name: string;
  readonly settings: string;
  readonly secret_id: string | null;
}

const COLUMNS = columnsOf(['name', 'settings', 'secret_id'] satisfies (keyof IssuerRow)[]);

export function createIssuerTable({ database, read, write }: Connection): IssuerTable {
  const save = database.prepare<[IssuerRow]>(
    `INSERT INTO issuers (${COLUMNS.list}) VALUES (${COLUMNS.parameters})
     ON CONFLICT (name) DO UPDATE SET ${COLUMNS.assignments}`,
  );
  const all = database.prepare<[], IssuerRow>(`SELECT ${COLUMNS.list} FROM issuers ORDER BY name`);
  const secretOf = database
    .prepare<[string], string | null>('SELECT secret_id FROM issuers WHERE name = ?')
    .pluck();
  const insertSecret = prepareInsertSecret(database);
  const deleteSecret = database.prepare<[string]>('DELETE FROM secrets WHERE id = ?');
  return {
    save: ({ name, settings, secretId = null }, secret) =>
      write(`save the issuer ${name}`, () => {
        const before = secretOf.get(name);
        if (secret !== undefined) insertSecret(secret);
        save.run({ name, settings: JSON.stringify(settings), secret_id: secretId });
        if (typeof before === 'string' && before !== secretId) deleteSecret.run(before);
      }),
    list: () => read('list the issuers', () => all.all().map(decode)),
  };
}

function decode({ name, settings, secret_id: secretId }: IssuerRow): IssuerRecord {
  return { name, settings: decodeJson(settings), ...optional('secretId', secretId) };
}
