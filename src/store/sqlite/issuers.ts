/**
 * The table of issuers that the command line introduced.
 *
 * @module
 */
import type { IssuerTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { decodeJson } from './rows.ts';

interface IssuerRow {
  readonly name: string;
  readonly settings: string;
}

export function createIssuerTable({ database, read, write }: Connection): IssuerTable {
  const save = database.prepare<[IssuerRow]>(
    `INSERT INTO issuers (name, settings) VALUES (@name, @settings)
     ON CONFLICT (name) DO UPDATE SET settings = excluded.settings`,
  );
  const all = database.prepare<[], IssuerRow>('SELECT name, settings FROM issuers ORDER BY name');
  return {
    save: ({ name, settings }) =>
      write(`save the issuer ${name}`, () => {
        save.run({ name, settings: JSON.stringify(settings) });
      }),
    list: () =>
      read('list the issuers', () =>
        all.all().map((row) => ({ name: row.name, settings: decodeJson(row.settings) })),
      ),
  };
}
