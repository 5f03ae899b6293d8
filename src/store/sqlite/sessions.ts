/**
 * The table of browser sessions.
 *
 * @module
 */
import type { PersonHolder, SessionHolder, SessionRecord, SessionTable } from '../sessions.ts';
import type { Connection } from './connection.ts';
import { columnsOf, decodeBytes, decodeInstant, decodeJson, encodeInstant } from './rows.ts';

interface SessionRow {
  readonly id: string;
  readonly hash: Uint8Array;
  readonly kind: string;
  readonly holder: string;
  readonly token_hash: Uint8Array | null;
  readonly person: string | null;
  readonly opened_at: number;
  readonly used_at: number;
  readonly expires_at: number;
}

const COLUMNS = columnsOf([
  'id',
  'hash',
  'kind',
  'holder',
  'token_hash',
  'person',
  'opened_at',
  'used_at',
  'expires_at',
] satisfies (keyof SessionRow)[]);

export function createSessionTable({ database, read, write }: Connection): SessionTable {
  const insert = database.prepare<[SessionRow]>(
    `INSERT INTO sessions (${COLUMNS.list}) VALUES (${COLUMNS.parameters})`,
  );
  const expire = database.prepare<[number]>('DELETE FROM sessions WHERE expires_at <= ?');
  const keepOfHolder = database.prepare<[string, string, number]>(
    `DELETE FROM sessions WHERE id IN (
       SELECT id FROM sessions WHERE kind = ? AND holder = ?
       ORDER BY opened_at DESC, id DESC LIMIT -1 OFFSET ?)`,
  );
  const keepInAll = database.prepare<[number]>(
    `DELETE FROM sessions WHERE id IN (
       SELECT id FROM sessions ORDER BY used_at DESC, id DESC LIMIT -1 OFFSET ?)`,
  );
  const byId = database.prepare<[string], SessionRow>(
    `SELECT ${COLUMNS.list} FROM sessions WHERE id = ?`,
  );
  const markUsed = database.prepare<[number, string]>(
    'UPDATE sessions SET used_at = ? WHERE id = ?',
  );
  const remove = database.prepare<[string]>('DELETE FROM sessions WHERE id = ?');
  return {
    insert: (record, { ofHolder, inAll }) =>
      write('open a session', () => {
        const row = encodeSession(record);
        expire.run(row.opened_at);
        keepOfHolder.run(row.kind, row.holder, ofHolder - 1);
        keepInAll.run(inAll - 1);
        insert.run(row);
      }),
    find: (id) =>
      read('read a session', () => {
        const row = byId.get(id);
        return row === undefined ? undefined : decodeSession(row);
      }),
    markUsed: (id, at) =>
      write('note the use of a session', () => void markUsed.run(encodeInstant(at), id)),
    remove: (id) => write('end a session', () => void remove.run(id)),
  };
}

function encodeSession({ holder, ...record }: SessionRecord): SessionRow {
  const { kind, id, ...rest } = holder;
  return {
    id: record.id,
    hash: record.hash,
    kind,
    holder: id,
    token_hash: holder.kind === 'token' ? holder.hash : null,
    person: holder.kind === 'person' ? JSON.stringify(rest) : null,
    opened_at: encodeInstant(record.openedAt),
    used_at: encodeInstant(record.usedAt),
    expires_at: encodeInstant(record.expiresAt),
  };
}

function decodeSession(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    hash: decodeBytes(row.hash),
    holder: decodeHolder(row),
    openedAt: decodeInstant(row.opened_at),
    usedAt: decodeInstant(row.used_at),
    expiresAt: decodeInstant(row.expires_at),
  };
}

function decodeHolder({ holder: id, token_hash: hash, person }: SessionRow): SessionHolder {
  if (hash !== null) return { kind: 'token', id, hash: decodeBytes(hash) };
  const said = decodeJson(person ?? '{}') as Omit<PersonHolder, 'kind' | 'id'>;
  return { kind: 'person', id, ...said };
}
