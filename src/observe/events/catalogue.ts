/**
 * The catalogue: every type of event with the shape of its data.
 *
 * A type ends in its version. Data of a version only ever gains fields that may be absent; anything
 * else is a new version beside the old one.
 *
 * @module
 */
import type { z } from 'zod';
import { ACCOUNT_EVENTS } from './account-events.ts';
import { CERTIFICATE_EVENTS } from './certificate-events.ts';
import { DAEMON_EVENTS } from './daemon-events.ts';
import { DELIVERY_EVENTS } from './delivery-events.ts';
import { ENDPOINT_EVENTS } from './endpoint-events.ts';
import { KEYRING_EVENTS } from './keyring-events.ts';
import { TARGET_EVENTS } from './target-events.ts';
import { TOKEN_EVENTS } from './token-events.ts';

export const EVENTS = {
  ...CERTIFICATE_EVENTS,
  ...TARGET_EVENTS,
  ...ENDPOINT_EVENTS,
  ...ACCOUNT_EVENTS,
  ...KEYRING_EVENTS,
  ...TOKEN_EVENTS,
  ...DAEMON_EVENTS,
  ...DELIVERY_EVENTS,
} as const;

export type EventType = keyof typeof EVENTS;
export type EventData<T extends EventType> = z.output<(typeof EVENTS)[T]>;
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(EVENTS, text);
}
