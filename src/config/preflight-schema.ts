/**
 * How checks before an order see the world, as a file says it.
 *
 * @module
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { isResolver } from './dns-schema.ts';

export const preflight = z.strictObject({
  resolvers: z
    .array(
      z.string().refine(isResolver, {
        error: 'must be an IP address, with a port as in "192.0.2.1:5353" or "[2001:db8::1]:53"',
      }),
    )
    .min(1)
    .max(10)
    .optional()
    .describe("Ask these for public records instead of the system's resolvers."),
  publicAddresses: z
    .array(z.string().refine((text) => isIP(text) !== 0, { error: 'must be an IP address' }))
    .max(64)
    .optional()
    .describe('Addresses that lead to this machine although no interface has them.'),
});
