/**
 * The table of API tokens.
 *
 * @module
 */
import type { Name } from '../../core/names.ts';
import type { Role, TokenRecord, TokenTable } from '../access.ts';
import { eventOfNewToken, eventOfRotation, eventOfTokenRevocation } from '../token-changes.ts';
import type { Connection } from './connection.ts';
import { prepareAppendEvents } from './events.ts';
import {
  columnsOf,
  decodeBytes,
  decodeInstant,
  decodeJson,
  decodeOptionalInstant,
  encodeInstant,
  encodeOptionalInstant,
  encodeOptionalJson,
  optional,
} from './rows.ts';
import { conflict } from './store-error.ts';

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly patterns: string | null;
  readonly networks: string | null;
  readonly hash: Uint8Array;
  readonly previous_hash: Uint8Array | null;
  readonly previous_until: number | null;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly rotated_at: number | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

const COLUMNS = columnsOf([
  'id',
  'name',
  'role',
  'patterns',
  'networks',
  'hash',
  'previous_hash',
  'previous_until',
  'created_at',
  'created_by',
  'expires_at',
  'rotated_at',
  'revoked_at',
  'last_used_at',
] satisfies (keyof TokenRow)[]);

const SELECT = `SELECT ${COLUMNS.list} FROM tokens`;

export function createTokenTable(connection: Connection): TokenTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
  const insert = database.prepare<[TokenRow]>(
    `INSERT INTO tokens (${COLUMNS.list}) VALUES (${COLUMNS.parameters})`,
  );
  const byId = database.prepare<[string], TokenRow>(`${SELECT} WHERE id = ?`);
  const all = database.prepare<[], TokenRow>(`${SELECT} ORDER BY created_at DESC, id DESC`);
  const rotate = database.prepare<{
    id: string;
    hash: Uint8Array;
    at: number;
    until: number;
    expires: number | null;
  }>(
    `UPDATE tokens SET previous_hash = hash, previous_until = @until, hash = @hash,
       rotated_at = @at, expires_at = @expires
     WHERE id = @id AND revoked_at IS NULL`,
  );
  const revoke = database.prepare<[number, string]>(
    `UPDATE tokens SET revoked_at = ?, previous_hash = NULL, previous_until = NULL
     WHERE id = ? AND revoked_at IS NULL`,
  );
  const markUsed = database.prepare<[number, string]>(
    'UPDATE tokens SET last_used_at = ? WHERE id = ?',
  );
  return {
    insert: (record) =>
      write(`insert the token ${record.id}`, () => {
        insert.run(encodeToken(record));
        tell([eventOfNewToken(record)]);
      }),
    find: (id) =>
      read('read a token', () => {
        const row = byId.get(id);
        return row === undefined ? undefined : decodeToken(row);
      }),
    list: () => read('list the tokens', () => all.all().map(decodeToken)),
    rotate: (id, hash, at, previousUntil, expiresAt) => {
      const task = `rotate the token ${id}`;
      return write(task, () => {
        const { changes } = rotate.run({
          id,
          hash,
          at: encodeInstant(at),
          until: encodeInstant(previousUntil),
          expires: encodeOptionalInstant(expiresAt),
        });
        const row = byId.get(id);
        if (changes === 0 || row === undefined) throw conflict(task, 'it is revoked or removed');
        const record = decodeToken(row);
        tell([eventOfRotation(record, at)]);
        return record;
      });
    },
    revoke: (id, at) =>
      write(`revoke the token ${id}`, () => {
        const isRevoked = revoke.run(encodeInstant(at), id).changes > 0;
        const row = byId.get(id);
        if (isRevoked && row !== undefined) tell([eventOfTokenRevocation(decodeToken(row))]);
      }),
    markUsed: (id, at) =>
      write('note the use of a token', () => void markUsed.run(encodeInstant(at), id)),
  };
}

function encodeToken(record: TokenRecord): TokenRow {
  return {
    id: record.id,
    name: record.name,
    role: record.role,
    patterns: encodeOptionalJson(record.patterns),
    networks: encodeOptionalJson(record.networks),
    hash: record.hash,
    previous_hash: record.previous?.hash ?? null,
    previous_until: encodeOptionalInstant(record.previous?.until),
    created_at: encodeInstant(record.createdAt),
    created_by: record.createdBy,
    expires_at: encodeOptionalInstant(record.expiresAt),
    rotated_at: encodeOptionalInstant(record.rotatedAt),
    revoked_at: encodeOptionalInstant(record.revokedAt),
    last_used_at: encodeOptionalInstant(record.lastUsedAt),
  };
}

function decodeToken(row: TokenRow): TokenRecord {
  const until = decodeOptionalInstant(row.previous_until);
  const { previous_hash: previous } = row;
  return {
    id: row.id,
    name: row.name,
    role: row.role as Role,
    ...optional('patterns', decodeList(row.patterns) as readonly Name[] | null),
    ...optional('networks', decodeList(row.networks)),
    hash: decodeBytes(row.hash),
    ...optional(
      'previous',
      previous === null || until === null ? null : { hash: decodeBytes(previous), until },
    ),
    createdAt: decodeInstant(row.created_at),
    createdBy: row.created_by,
    ...optional('expiresAt', decodeOptionalInstant(row.expires_at)),
    ...optional('rotatedAt', decodeOptionalInstant(row.rotated_at)),
    ...optional('revokedAt', decodeOptionalInstant(row.revoked_at)),
    ...optional('lastUsedAt', decodeOptionalInstant(row.last_used_at)),
  };
}

function decodeList(text: string | null): readonly string[] | null {
  return text === null ? null : (decodeJson(text) as string[]);
}
