/**
 * The events of events: what could not be delivered.
 *
 * @module
 */
import { z } from 'zod';
import { failure, word } from './fields.ts';

export const DELIVERY_EVENTS = {
  'delivery.test.v1': z
    .strictObject({ subscription: word })
    .describe('Somebody tries whether a subscription works; it is sent at once, and not recorded.'),
  'delivery.dead.v1': z
    .strictObject({
      subscription: word,
      eventId: word,
      eventType: word,
      attempts: z.int(),
      error: failure,
    })
    .describe(
      'An event was given up for one subscription; `certctl events replay` tries it again.',
    ),
} as const;
