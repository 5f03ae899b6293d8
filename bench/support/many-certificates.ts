/**
 * A store with any number of certificates, built by SQL: nobody waits for a million issuances.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { open } from 'node:fs/promises';
import { DAY_MS } from '../../src/core/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

export interface Population {
  readonly certificates: number;
  /** So many are due for a look and need no order; the others are due within the next days. */
  readonly due: number;
}

/** Of the size of a chain with two intermediates, whose content nobody here looks at. */
const CHAIN_BYTES = 3_500;
const LIFE_MS = 90 * DAY_MS;

/**
 * Adds certificates in the first half of their lives. Only those that are due have a chain, so that
 * a million of them does not take gigabytes.
 */
export async function populate(path: string, { certificates, due }: Population): Promise<void> {
  const store = await openSqliteStore({ path });
  await store.close();
  const database = new Database(path);
  database.pragma('synchronous = OFF');
  database.pragma('foreign_keys = OFF');
  const now = Date.now();
  const every = Math.floor(certificates / due);
  const numbers = `WITH RECURSIVE numbers (n) AS (
    SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${certificates}
  )`;
  const id = `printf('%012d', n)`;
  const name = `printf('host-%d.customer-%d.example.com', n, n % 7919)`;
  const isDue = `n % ${every} = 0`;
  // Spread over the life, so that what is due is not what was added first.
  const age = `(n * 7919) % ${Math.floor(LIFE_MS / 2)}`;
  database.transaction(() => {
    database.exec(`INSERT INTO secrets VALUES ('key', 'kek', x'00', x'00')`);
    database.exec(`${numbers} INSERT INTO issuances (id, certificate_id, issuer, names, key_type,
        serial, fingerprint256, chain_pem, key_secret_id, not_before, not_after, issued_at)
      SELECT ${id}, ${id}, 'internal', json_array(${name}), 'ec256', ${id}, ${id},
        CASE WHEN ${isDue} THEN hex(zeroblob(${CHAIN_BYTES / 2})) ELSE '' END, 'key',
        ${now} - ${age}, ${now + LIFE_MS} - ${age}, ${now} - ${age} FROM numbers`);
    database.exec(`${numbers} INSERT INTO certificates (id, identity, spec, source, issuance_id,
        expires_at, next_action_at, created_at, updated_at, revision)
      SELECT ${id}, 'ec ' || ${name}, json_object('names', json_array(${name}), 'keyType', 'ec256',
          'issuers', json_array('internal'), 'challenges', json_array()),
        'added', ${id}, ${now + LIFE_MS} - ${age},
        CASE WHEN ${isDue} THEN ${now} - n ELSE ${now + DAY_MS} + n END,
        ${now} - ${age}, ${now} - ${age}, 1 FROM numbers`);
    database.exec(`${numbers} INSERT INTO certificate_names SELECT ${name}, ${id} FROM numbers`);
  })();
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  // On disk before anything is measured, or the flushing of all this would be part of it.
  const file = await open(path);
  await file.sync();
  await file.close();
}
