/**
 * Who wants to hear of which events.
 *
 * @module
 */
import { type Name, covers } from '../core/names.ts';
import { EVENT_TYPES } from '../observe/events/catalogue.ts';
import type { StoredEvent } from '../observe/events/event.ts';

export interface Subscription {
  readonly name: string;
  /** Types, whole or up to a `*` at the end; absent for all. */
  readonly events?: readonly string[] | undefined;
  /** Names and wildcards; absent for all. Events about no name come whatever is here. */
  readonly names?: readonly Name[] | undefined;
  /** How long an event is tried. */
  readonly retryForMs: number;
}

export function isWanted(subscription: Subscription, event: StoredEvent): boolean {
  const { name, events, names } = subscription;
  // What could not be delivered is not told to the very receiver that did not take it.
  if (event.type === 'delivery.dead.v1' && event.data['subscription'] === name) return false;
  if (events !== undefined && !events.some((pattern) => fitsType(pattern, event.type)))
    return false;
  if (names === undefined || event.names.length === 0) return true;
  return event.names.some((about) => names.some((pattern) => isAbout(pattern, about as Name)));
}

/** False for a pattern that no event can have. */
export function isEventPattern(pattern: string): boolean {
  return EVENT_TYPES.some((type) => fitsType(pattern, type));
}

/** `pattern` is a type, or its beginning and a `*`. */
export function fitsType(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

function isAbout(pattern: Name, name: Name): boolean {
  return pattern === name || covers(pattern, name);
}
