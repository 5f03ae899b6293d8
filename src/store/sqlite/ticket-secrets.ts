/**
 * The table of what session tickets are sealed with.
 *
 * @module
 */
import type { TicketSecretTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { prepareInsertSecret } from './secrets.ts';

interface TicketSecretRow {
  readonly secret_id: string;
  readonly created_at: number;
}

export function createTicketSecretTable({ database, read, write }: Connection): TicketSecretTable {
  const insert = database.prepare<[TicketSecretRow]>(
    'INSERT INTO ticket_secrets (secret_id, created_at) VALUES (@secret_id, @created_at)',
  );
  const all = database.prepare<[], TicketSecretRow>(
    'SELECT secret_id, created_at FROM ticket_secrets ORDER BY created_at DESC, secret_id DESC',
  );
  const remove = database.prepare<[string]>('DELETE FROM ticket_secrets WHERE secret_id = ?');
  const removeSecret = database.prepare<[string]>('DELETE FROM secrets WHERE id = ?');
  const insertSecret = prepareInsertSecret(database);
  return {
    list: () =>
      read('list the ticket secrets', () =>
        all.all().map((row) => ({
          secretId: row.secret_id,
          createdAt: new Date(row.created_at),
        })),
      ),
    replace: (gone, added) =>
      write('replace the ticket secrets', () => {
        for (const id of gone) {
          // Only what was a ticket secret, so that no other secret can be named here.
          if (remove.run(id).changes > 0) removeSecret.run(id);
        }
        if (added === undefined) return;
        insertSecret(added.secret);
        const { secretId, createdAt } = added.record;
        insert.run({ secret_id: secretId, created_at: createdAt.getTime() });
      }),
  };
}
