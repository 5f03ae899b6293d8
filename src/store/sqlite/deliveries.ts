/**
 * The tables of subscriptions and of what waits for its delivery.
 *
 * @module
 */
import { type Backlog, type Delivery, type DeliveryTable, sequenceOf } from '../deliveries.ts';
import type { Connection } from './connection.ts';
import { decodeEvent, EVENT_COLUMNS, type EventRow } from './event-row.ts';
import { prepareAppendEvents } from './events.ts';
import { decodeInstant, decodeOptionalInstant, encodeInstant, optional } from './rows.ts';

interface DeliveryRow extends EventRow {
  readonly subscription: string;
  readonly sequence: string;
  readonly attempts: number;
  readonly next_at: number;
  readonly taken_at: number;
  readonly error: string | null;
  readonly dead_at: number | null;
}

const EVENT = EVENT_COLUMNS.map((name) => `events.${name}`).join(', ');
const SELECT = `SELECT subscription, sequence, attempts, next_at, taken_at, error, dead_at, ${EVENT}
  FROM deliveries JOIN events USING (position)`;
/** What waits behind another one of its sequence is not due, however long it has waited. */
export const DUE_QUERY = `${SELECT}
  WHERE dead_at IS NULL AND subscription = ? AND next_at <= ? AND NOT EXISTS (
    SELECT 1 FROM deliveries AS earlier INDEXED BY deliveries_in_sequence
    WHERE earlier.dead_at IS NULL AND earlier.subscription = deliveries.subscription
      AND earlier.sequence = deliveries.sequence AND earlier.position < deliveries.position)
  ORDER BY deliveries.position LIMIT ?`;
export const WAITING_QUERY = `${SELECT}
  WHERE dead_at IS NULL AND subscription = ? ORDER BY deliveries.position LIMIT ?`;
/** Several are given up in the same millisecond, and an event by several subscriptions. */
export const DEAD_QUERY = `${SELECT}
  WHERE dead_at IS NOT NULL AND (dead_at, events.id, subscription) < (@deadAt, @eventId, @after)
    AND (@subscription IS NULL OR subscription = @subscription)
  ORDER BY dead_at DESC, events.id DESC, subscription DESC LIMIT @limit`;
const UNSEEN = `SELECT ${EVENT} FROM events
  WHERE position > (SELECT position FROM subscriptions WHERE name = ?) ORDER BY position LIMIT ?`;

export function createDeliveryTable(connection: Connection): DeliveryTable {
  const { database, read, write } = connection;
  const tell = prepareAppendEvents(connection);
  const subscribe = database.prepare<[string, number]>(
    `INSERT INTO subscriptions (name, position, seen_at)
     VALUES (?, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'), ?)
     ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`,
  );
  const unseen = database.prepare<[string, number], EventRow>(UNSEEN);
  const insert = database.prepare<[string, number, string, number, number]>(
    `INSERT OR IGNORE INTO deliveries
       (subscription, position, sequence, attempts, next_at, taken_at)
     VALUES (?, ?, ?, 0, ?, ?)`,
  );
  const advance = database.prepare<[number, string]>(
    'UPDATE subscriptions SET position = ? WHERE name = ?',
  );
  const due = database.prepare<[string, number, number], DeliveryRow>(DUE_QUERY);
  const waiting = database.prepare<[string, number], DeliveryRow>(WAITING_QUERY);
  const confirm = database.prepare<[string, number]>(
    'DELETE FROM deliveries WHERE subscription = ? AND position = ?',
  );
  const postpone = database.prepare<[number, number, string, string, number]>(
    `UPDATE deliveries SET attempts = ?, next_at = ?, error = ?
     WHERE subscription = ? AND position = ?`,
  );
  const bury = database.prepare<[number, number, string, string, number]>(
    `UPDATE deliveries SET attempts = ?, dead_at = ?, error = ?
     WHERE subscription = ? AND position = ?`,
  );
  const dead = database.prepare<object, DeliveryRow>(DEAD_QUERY);
  const replay = database.prepare<object>(
    `UPDATE deliveries SET dead_at = NULL, attempts = 0, next_at = @now, taken_at = @now
     WHERE dead_at IS NOT NULL AND (@subscription IS NULL OR subscription = @subscription)
       AND (@eventId IS NULL OR position = (SELECT position FROM events WHERE id = @eventId))`,
  );
  const backlog = database.prepare<[], Backlog>(
    `SELECT name AS subscription, count(taken_at) - count(dead_at) AS waiting, count(dead_at) AS dead
     FROM subscriptions LEFT JOIN deliveries ON subscription = name GROUP BY name ORDER BY name`,
  );

  return {
    subscribe: (names, now) =>
      write('open the subscriptions', () => {
        for (const name of names) subscribe.run(name, encodeInstant(now));
      }),
    async takeUp(subscription, isWanted, limit, now) {
      const task = `take up events for ${subscription}`;
      // Most of the time there is nothing, and nobody has to wait for that.
      if ((await read(task, () => unseen.get(subscription, 1))) === undefined) return 0;
      return write(task, () => {
        const events = unseen.all(subscription, limit).map(decodeEvent);
        const instant = encodeInstant(now);
        for (const event of events) {
          if (!isWanted(event)) continue;
          insert.run(subscription, event.position, sequenceOf(event), instant, instant);
        }
        const last = events.at(-1);
        if (last !== undefined) advance.run(last.position, subscription);
        return events.length;
      });
    },
    due: (subscription, now, limit) =>
      read(`find what is due for ${subscription}`, () =>
        due.all(subscription, encodeInstant(now), limit).map(decode),
      ),
    dueTogether: (subscription, now, takenUntil, limit) =>
      read(`find what is due for ${subscription}`, () => {
        const first = waiting.get(subscription, 1);
        const isDue =
          first !== undefined &&
          first.next_at <= encodeInstant(now) &&
          first.taken_at <= encodeInstant(takenUntil);
        return isDue ? waiting.all(subscription, limit).map(decode) : [];
      }),
    confirm: (deliveries) =>
      write('confirm deliveries', () => {
        for (const { subscription, event } of deliveries) confirm.run(subscription, event.position);
      }),
    postpone: (failed, error) =>
      write('postpone deliveries', () => {
        for (const { delivery, attempts, nextAt } of failed) {
          const { subscription, event } = delivery;
          postpone.run(attempts, encodeInstant(nextAt), error, subscription, event.position);
        }
      }),
    bury: ({ subscription, event }, { attempts, at, error }, told) =>
      write(`give up a delivery to ${subscription}`, () => {
        bury.run(attempts, encodeInstant(at), error, subscription, event.position);
        if (told !== undefined) tell([told]);
      }),
    dead: ({ limit, subscription, after }) =>
      read('list what could not be delivered', () => {
        const place = {
          deadAt: after === undefined ? Number.MAX_SAFE_INTEGER : encodeInstant(after.deadAt),
          eventId: after?.eventId ?? '',
          after: after?.subscription ?? '',
        };
        return dead.all({ limit, subscription: subscription ?? null, ...place }).map(decode);
      }),
    replay: ({ subscription, eventId }, now) =>
      write('replay what could not be delivered', () => {
        const choice = { subscription: subscription ?? null, eventId: eventId ?? null };
        return replay.run({ ...choice, now: encodeInstant(now) }).changes;
      }),
    backlog: () => read('count what waits for its delivery', () => backlog.all()),
  };
}

function decode(row: DeliveryRow): Delivery {
  return {
    subscription: row.subscription,
    sequence: row.sequence,
    event: decodeEvent(row),
    attempts: row.attempts,
    takenAt: decodeInstant(row.taken_at),
    ...optional('error', row.error),
    ...optional('deadAt', decodeOptionalInstant(row.dead_at)),
  };
}
