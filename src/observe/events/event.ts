/**
 * One event, before and after it is stored.
 *
 * @module
 */
import type { EventData, EventType } from './catalogue.ts';

/** Of one type, with the data of that type. Secrets have no place in any of it. */
export type NewEvent = {
  [T in EventType]: {
    readonly type: T;
    /** The certificate that it is about: those of one certificate stay in order. */
    readonly certificateId?: string;
    /** The names that it is about. */
    readonly names: readonly string[];
    readonly data: EventData<T>;
    /** Stored once under this key, however often it is noticed. */
    readonly once?: string;
  };
}[EventType];

export interface StoredEvent {
  /** Increases with each commit; what was read up to a position was read whole. */
  readonly position: number;
  readonly id: string;
  readonly type: EventType;
  readonly at: Date;
  readonly certificateId?: string;
  readonly names: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as everybody outside gets it. */
export interface EventView {
  readonly id: string;
  readonly type: EventType;
  readonly timestamp: string;
  readonly certificateId?: string;
  readonly names: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
}

export function viewEvent({ position: _ours, at, ...event }: StoredEvent): EventView {
  const { id, type, ...rest } = event;
  return { id, type, timestamp: at.toISOString(), ...rest };
}
