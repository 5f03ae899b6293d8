/**
 * The keys of a configuration file for proxies in front that speak HTTP.
 *
 * @module
 */
import { z } from 'zod';
import { FORWARDED_FIELDS } from '../terminator/settings.ts';
import { peers } from './upstream-schema.ts';

export const forwarded = z.strictObject({
  from: peers.describe('Addresses and networks of the proxies.'),
  fields: z
    .array(z.enum(FORWARDED_FIELDS))
    .min(1)
    .default(['X-Forwarded-For', 'X-Forwarded-Proto'])
    .describe(
      'The header fields that they set themselves, or append to. What they pass on as they got it is the word of the client.',
    ),
});
