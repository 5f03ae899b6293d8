/**
 * The table of answers that may be asked for twice.
 *
 * @module
 */
import type { IdempotencyTable } from '../access.ts';
import type { Connection } from './connection.ts';
import { decodeBytes, decodeJson, encodeInstant, optional } from './rows.ts';

interface IdempotencyRow {
  readonly request: Uint8Array;
  readonly answer: string | null;
}

export function createIdempotencyTable({ database, read, write }: Connection): IdempotencyTable {
  const forget = database.prepare<[number]>('DELETE FROM idempotency WHERE created_at < ?');
  const find = database.prepare<[string, string], IdempotencyRow>(
    'SELECT request, answer FROM idempotency WHERE caller = ? AND key = ?',
  );
  const insert = database.prepare<[string, string, Uint8Array, number]>(
    'INSERT INTO idempotency (caller, key, request, created_at) VALUES (?, ?, ?, ?)',
  );
  const complete = database.prepare<[string, string, string]>(
    'UPDATE idempotency SET answer = ? WHERE caller = ? AND key = ?',
  );
  const release = database.prepare<[string, string]>(
    'DELETE FROM idempotency WHERE caller = ? AND key = ? AND answer IS NULL',
  );
  const unanswered = database.prepare<[]>('DELETE FROM idempotency WHERE answer IS NULL');
  const isThere = database.prepare<[], number>(
    'SELECT 1 FROM idempotency WHERE answer IS NULL LIMIT 1',
  );
  return {
    claim: ({ caller, key }, request, now, since) =>
      write('take an idempotency key', () => {
        forget.run(encodeInstant(since));
        const row = find.get(caller, key);
        if (row === undefined) {
          insert.run(caller, key, request, encodeInstant(now));
          return undefined;
        }
        return {
          request: decodeBytes(row.request),
          ...optional('answer', row.answer === null ? null : decodeJson(row.answer)),
        };
      }),
    complete: ({ caller, key }, answer) =>
      write('keep an answer', () => void complete.run(JSON.stringify(answer), caller, key)),
    release: ({ caller, key }) =>
      write('give an idempotency key back', () => void release.run(caller, key)),
    releaseUnanswered: async () => {
      const found = await read('look for idempotency keys', () => isThere.get());
      if (found === undefined) return;
      await write('give idempotency keys back', () => void unanswered.run());
    },
  };
}
