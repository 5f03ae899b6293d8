/**
 * The events of endpoints.
 *
 * @module
 */
import { z } from 'zod';
import { instant } from './fields.ts';

export const ENDPOINT_EVENTS = {
  'endpoint.unknown_name.v1': z
    .strictObject({
      /** So many since then; of a name that few ask for while many others are, it may be less. */
      requests: z.int(),
      since: instant,
    })
    .describe('Clients ask for a name that no endpoint serves; told once an hour for a name.'),
} as const;
