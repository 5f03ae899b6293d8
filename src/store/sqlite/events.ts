/**
 * The table of events.
 *
 * @module
 */
import type { EventType } from '../../observe/events/catalogue.ts';
import type { NewEvent, StoredEvent } from '../../observe/events/event.ts';
import { newId } from '../../core/id.ts';
import type { EventTable } from '../events.ts';
import type { Connection } from './connection.ts';
import { columnsOf, decodeInstant, decodeJson, encodeInstant, optional } from './rows.ts';

export interface EventRow {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly certificate_id: string | null;
  readonly names: string;
  readonly data: string;
}

const WRITTEN = ['id', 'type', 'at', 'certificate_id', 'names', 'data'] as const;
const INSERTED = columnsOf([...WRITTEN, 'once']);
export const EVENT_COLUMNS = ['position', ...WRITTEN];
const SELECT = `SELECT ${EVENT_COLUMNS.join(', ')} FROM events`;
/** However long they are to be kept. */
const MOST_EVENTS = 2_000_000;
/** Others want to write meanwhile. */
const PRUNED_AT_ONCE = 5_000;

const OF_TYPES = '(@types IS NULL OR type IN (SELECT value FROM json_each(@types)))';
const NEWEST = `${SELECT} WHERE position < @before AND ${OF_TYPES} ORDER BY position DESC LIMIT @limit`;
export const OF_CERTIFICATE_QUERY = `${SELECT}
  WHERE certificate_id = @certificateId AND position < @before AND ${OF_TYPES}
  ORDER BY position DESC LIMIT @limit`;

export function createEventTable(connection: Connection): EventTable {
  const { database, read, write } = connection;
  const append = prepareAppendEvents(connection);
  const byId = database.prepare<[string], EventRow>(`${SELECT} WHERE id = ?`);
  const page = database.prepare<[number, number], EventRow>(
    `${SELECT} WHERE position > ? ORDER BY position LIMIT ?`,
  );
  const newest = database.prepare<object, EventRow>(NEWEST);
  const ofCertificate = database.prepare<object, EventRow>(OF_CERTIFICATE_QUERY);
  const last = database
    .prepare<[], number>(`SELECT coalesce(max(position), 0) FROM events`)
    .pluck();
  const prune = database.prepare<[number, number]>(
    `DELETE FROM events WHERE position IN (SELECT position FROM events ORDER BY position LIMIT ${PRUNED_AT_ONCE})
     AND (position < coalesce((SELECT position FROM events WHERE at >= ? ORDER BY position LIMIT 1),
                              9223372036854775807)
          OR position <= (SELECT max(position) FROM events) - ?)`,
  );
  const forget = database.prepare<[number]>('DELETE FROM subscriptions WHERE seen_at < ?');

  return {
    append: (events) => write('record events', () => append(events)),
    find: (id) =>
      read(`read the event ${id}`, () => {
        const row = byId.get(id);
        return row === undefined ? undefined : decodeEvent(row);
      }),
    after: (position, limit) =>
      read('read events', () => page.all(position, limit).map(decodeEvent)),
    newest: ({ limit, certificateId, types, before = Number.MAX_SAFE_INTEGER }) =>
      read('read the newest events', () => {
        const filter = { limit, before, types: types === undefined ? null : JSON.stringify(types) };
        const rows =
          certificateId === undefined
            ? newest.all(filter)
            : ofCertificate.all({ ...filter, certificateId });
        return rows.map(decodeEvent);
      }),
    lastPosition: () => read('find the last event', () => last.get() ?? 0),
    prune: (until) =>
      write('remove old events', () => {
        forget.run(encodeInstant(until));
        return prune.run(encodeInstant(until), MOST_EVENTS).changes;
      }),
  };
}

/** For the transactions of other tables: what they change and the events of it are one commit. */
export function prepareAppendEvents({
  database,
  clock,
}: Pick<Connection, 'database' | 'clock'>): (events: readonly NewEvent[]) => void {
  const insert = database.prepare<[Omit<EventRow, 'position'> & { readonly once: string | null }]>(
    `INSERT INTO events (${INSERTED.list}) VALUES (${INSERTED.parameters})
     ON CONFLICT (once) DO NOTHING`,
  );
  return (events) => {
    for (const { type, certificateId, names, data, once } of events) {
      const now = clock.now();
      insert.run({
        id: newId(now),
        type,
        at: encodeInstant(now),
        certificate_id: certificateId ?? null,
        names: JSON.stringify(names),
        data: JSON.stringify(data),
        once: once ?? null,
      });
    }
  };
}

export function decodeEvent(row: EventRow): StoredEvent {
  return {
    position: row.position,
    id: row.id,
    type: row.type as EventType,
    at: decodeInstant(row.at),
    ...optional('certificateId', row.certificate_id),
    names: decodeJson(row.names) as string[],
    data: decodeJson(row.data) as Record<string, unknown>,
  };
}
