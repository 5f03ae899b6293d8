/**
 * An event as a row, and back.
 *
 * @module
 */
import type { EventType } from '../../observe/events/catalogue.ts';
import type { StoredEvent } from '../../observe/events/event.ts';
import { decodeInstant, decodeJson, optional } from './rows.ts';

export interface EventRow {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly certificate_id: string | null;
  readonly names: string;
  readonly data: string;
}

export const WRITTEN_COLUMNS = ['id', 'type', 'at', 'certificate_id', 'names', 'data'] as const;
export const EVENT_COLUMNS = ['position', ...WRITTEN_COLUMNS];

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
