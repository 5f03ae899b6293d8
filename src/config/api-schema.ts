/**
 * The keys of a configuration file for the API.
 *
 * @module
 */
import { z } from 'zod';
import { text } from './file-leaves.ts';

export const api = z.strictObject({
  address: text().describe('Where it listens, e.g. "127.0.0.1:9443".'),
  certificate: text()
    .optional()
    .describe('A name of the certificate that it presents. Default: one of the internal CA.'),
  allow: z
    .array(text(50))
    .min(1)
    .max(1_000)
    .optional()
    .describe('Addresses and networks that may use it. Default: all, with a token.'),
});
