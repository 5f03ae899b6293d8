/**
 * Removes a certificate with all that belongs to it alone.
 *
 * @module
 */
import type Database from 'better-sqlite3';

export function prepareRemoveCertificate(database: Database.Database): (id: string) => void {
  const secretsOf = database
    .prepare<{ id: string }, string>(
      `SELECT key_secret_id FROM issuances
       WHERE certificate_id = @id AND key_secret_id IS NOT NULL
       UNION SELECT key_secret_id FROM orders
       WHERE certificate_id = @id AND key_secret_id IS NOT NULL`,
    )
    .pluck();
  const deleteCertificate = database.prepare<[string]>('DELETE FROM certificates WHERE id = ?');
  // A key that something else still uses stays.
  const deleteSecret = database.prepare<{ id: string }>(
    `DELETE FROM secrets WHERE id = @id
     AND NOT EXISTS (SELECT 1 FROM issuances WHERE key_secret_id = @id)
     AND NOT EXISTS (SELECT 1 FROM orders WHERE key_secret_id = @id)
     AND NOT EXISTS (SELECT 1 FROM accounts WHERE key_secret_id = @id OR next_key_secret_id = @id)
     AND NOT EXISTS (SELECT 1 FROM authorities WHERE key_secret_id = @id)`,
  );
  return (id) => {
    const secrets = secretsOf.all({ id });
    deleteCertificate.run(id);
    for (const secret of secrets) deleteSecret.run({ id: secret });
  };
}
