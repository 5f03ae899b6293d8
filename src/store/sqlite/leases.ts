/**
 * The table of leases: who may act alone, until when.
 *
 * @module
 */
import { after } from '../../core/clock.ts';
import type { LeaseRecord } from '../records.ts';
import type { LeaseTable } from '../store.ts';
import type { Connection } from './connection.ts';
import { decodeInstant, encodeInstant } from './rows.ts';

interface LeaseRow {
  readonly name: string;
  readonly holder: string;
  readonly fencing_token: number;
  readonly expires_at: number;
}

interface Claim {
  readonly name: string;
  readonly holder: string;
  readonly expires_at: number;
  readonly now: number;
}

const COLUMNS = 'name, holder, fencing_token, expires_at';

export function createLeaseTable({ database, read, write }: Connection): LeaseTable {
  const claim = database.prepare<[Claim], LeaseRow>(
    `INSERT INTO leases (${COLUMNS}) VALUES (@name, @holder, 1, @expires_at)
     ON CONFLICT (name) DO UPDATE SET
       fencing_token = fencing_token + (holder IS NOT @holder OR expires_at <= @now),
       holder = @holder,
       expires_at = @expires_at
     WHERE holder IS NULL OR holder = @holder OR expires_at <= @now
     RETURNING ${COLUMNS}`,
  );
  const extend = database.prepare<[LeaseRow], LeaseRow>(
    `UPDATE leases SET expires_at = @expires_at
     WHERE name = @name AND holder = @holder AND fencing_token = @fencing_token
     RETURNING ${COLUMNS}`,
  );
  const release = database.prepare<[string, string, number]>(
    'UPDATE leases SET holder = NULL WHERE name = ? AND holder = ? AND fencing_token = ?',
  );
  const byName = database.prepare<[string], LeaseRow>(
    `SELECT ${COLUMNS} FROM leases WHERE name = ? AND holder IS NOT NULL`,
  );

  return {
    claim: (name, holder, ttlMs, now) =>
      write(`claim the lease ${name}`, () =>
        decode(
          claim.get({
            name,
            holder,
            expires_at: encodeInstant(after(now, ttlMs)),
            now: encodeInstant(now),
          }),
        ),
      ),
    extend: ({ name, holder, fencingToken }, ttlMs, now) =>
      write(`extend the lease ${name}`, () =>
        decode(
          extend.get({
            name,
            holder,
            fencing_token: fencingToken,
            expires_at: encodeInstant(after(now, ttlMs)),
          }),
        ),
      ),
    release: ({ name, holder, fencingToken }) =>
      write(`release the lease ${name}`, () => {
        release.run(name, holder, fencingToken);
      }),
    find: (name) => read(`read the lease ${name}`, () => decode(byName.get(name))),
  };
}

function decode(row: LeaseRow | undefined): LeaseRecord | undefined {
  if (row === undefined) return undefined;
  return {
    name: row.name,
    holder: row.holder,
    fencingToken: row.fencing_token,
    expiresAt: decodeInstant(row.expires_at),
  };
}
