/**
 * Pages of events by filters: a bounded part of the log is looked at, whatever the filters leave of it.
 *
 * @module
 */
import type Database from 'better-sqlite3';
import { after, HOUR_MS } from '../../core/clock.ts';
import { idFrom } from '../../core/id.ts';
import { coveringWildcard } from '../../core/names.ts';
import type { EventFilter, EventPage } from '../events.ts';
import { decodeEvent, EVENT_COLUMNS, type EventRow } from './event-row.ts';
import { encodeInstant } from './rows.ts';

type Parameters = Record<string, string | number>;

/** A few milliseconds: meanwhile nothing else is done. */
export const MOST_LOOKED_AT = 5_000;
/** Clocks are set back now and then: an event may be dated before others that were there first. */
const SET_BACK_MS = HOUR_MS;

const AFTER_ALL = Number.MAX_SAFE_INTEGER;

export function prepareEventPage(database: Database.Database): (filter: EventFilter) => EventPage {
  const prepared = new Map<string, Database.Statement<[Parameters]>>();
  /** The texts are of a few fixed parts: there are not many of them. */
  function all<Row>(sql: string, parameters: Parameters): Row[] {
    const statement = prepared.get(sql) ?? database.prepare<[Parameters]>(sql);
    prepared.set(sql, statement);
    return statement.all(parameters) as Row[];
  }
  const upTo = database
    .prepare<[string], number>('SELECT position FROM events WHERE id <= ? ORDER BY id DESC LIMIT 1')
    .pluck();
  const onwards = database
    .prepare<[string], number>('SELECT position FROM events WHERE id >= ? ORDER BY id LIMIT 1')
    .pluck();
  const last = database
    .prepare<[], string>('SELECT id FROM events ORDER BY position DESC LIMIT 1')
    .pluck();

  /** What is looked at lies between these positions, without them. */
  function boundsOf({ order, from, since, until }: EventFilter): { low: number; high: number } {
    const reached = from === undefined ? undefined : (upTo.get(from) ?? 0);
    const isNewest = order === 'newest';
    const earliest = since && upTo.get(idFrom(after(since, -SET_BACK_MS)));
    const latest = until && onwards.get(idFrom(after(until, SET_BACK_MS)));
    return {
      low: Math.max(isNewest ? 0 : (reached ?? 0), earliest ?? 0),
      high: Math.min(isNewest ? (reached ?? AFTER_ALL) : AFTER_ALL, latest ?? AFTER_ALL),
    };
  }

  return (filter) => {
    const { order, limit } = filter;
    const direction = order === 'newest' ? 'DESC' : 'ASC';
    const { candidates, conditions, parameters } = queryOf(filter);
    const bounded = { ...parameters, ...boundsOf(filter) };
    const ordered = (columns: string): string =>
      `SELECT ${columns} FROM events ${where([...candidates, 'position > @low', 'position < @high'])}
       ORDER BY position ${direction}`;
    const rows = all<EventRow>(
      `SELECT * FROM (${ordered(EVENT_COLUMNS.join(', '))} LIMIT @look) ${where(conditions)}
       ORDER BY position ${direction} LIMIT @limit`,
      { ...bounded, look: MOST_LOOKED_AT, limit },
    );
    const reached =
      rows.length === limit
        ? rows.at(-1)
        : all<{ id: string }>(`${ordered('id')} LIMIT 1 OFFSET @skipped`, {
            ...bounded,
            skipped: MOST_LOOKED_AT - 1,
          })[0];
    const end = reached?.id ?? (order === 'oldest' ? last.get() : undefined);
    return { events: rows.map(decodeEvent), ...(end === undefined ? {} : { end }) };
  };
}

/** Candidates are found by an index; conditions are looked at in each of them. */
function queryOf({ certificateId, name, types, within, since, until }: EventFilter) {
  const candidates: string[] = [];
  const conditions: string[] = [];
  const parameters: Parameters = {};
  if (certificateId !== undefined) {
    candidates.push('certificate_id = @certificate');
    parameters['certificate'] = certificateId;
  }
  if (name !== undefined) {
    candidates.push(
      'position IN (SELECT position FROM event_names WHERE name IN (@name, @wildcard))',
    );
    parameters['name'] = name;
    parameters['wildcard'] = coveringWildcard(name) ?? name;
  }
  if (types !== undefined) {
    conditions.push('type IN (SELECT value FROM json_each(@types))');
    parameters['types'] = JSON.stringify(types);
  }
  if (since !== undefined) {
    conditions.push('at >= @since');
    parameters['since'] = encodeInstant(since);
  }
  if (until !== undefined) {
    conditions.push('at < @until');
    parameters['until'] = encodeInstant(until);
  }
  if (within !== undefined) {
    // As `isWithin` in core: with `*` for its first label, a name is one of the wildcards.
    conditions.push(
      `json_array_length(names) > 0 AND NOT EXISTS (SELECT 1 FROM json_each(names) AS bound
        WHERE bound.value NOT IN (SELECT value FROM json_each(@within))
        AND '*' || substr(bound.value, instr(bound.value, '.')) NOT IN
          (SELECT value FROM json_each(@within)))`,
    );
    parameters['within'] = JSON.stringify(within);
  }
  return { candidates, conditions, parameters };
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}
