/**
 * The table of events.
 *
 * @module
 */
import type { NewEvent } from '../../observe/events/event.ts';
import { newId } from '../../core/id.ts';
import type { EventTable } from '../events.ts';
import type { Connection } from './connection.ts';
import { prepareEventPage } from './event-page.ts';
import { decodeEvent, EVENT_COLUMNS, type EventRow, WRITTEN_COLUMNS } from './event-row.ts';
import { columnsOf, encodeInstant } from './rows.ts';

const INSERTED = columnsOf([...WRITTEN_COLUMNS, 'once']);
const SELECT = `SELECT ${EVENT_COLUMNS.join(', ')} FROM events`;
/** However long they are to be kept. */
const MOST_EVENTS = 2_000_000;
/** Others want to write meanwhile. */
const PRUNED_AT_ONCE = 5_000;

export function createEventTable(connection: Connection): EventTable {
  const { database, read, write } = connection;
  const append = prepareAppendEvents(connection);
  const byId = database.prepare<[string], EventRow>(`${SELECT} WHERE id = ?`);
  const page = database.prepare<[number, number], EventRow>(
    `${SELECT} WHERE position > ? ORDER BY position LIMIT ?`,
  );
  const readPage = prepareEventPage(database);
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
    page: (filter) => read('read a page of events', () => readPage(filter)),
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
