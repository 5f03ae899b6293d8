/**
 * The key `onDemand` of an endpoint in a configuration file.
 *
 * @module
 */
import { z } from 'zod';
import { count, duration, flag, text } from './file-leaves.ts';
import { bucketLimit } from './issuer-limits-schema.ts';

const MOST_PATTERNS = 10_000;
const DEEPEST = 20;
const SHORTEST_MS = 1_000;
const atLeast = (least: number, shown: string) =>
  duration((milliseconds) => milliseconds >= least, `, at least ${shown}`);

export const onDemand = z
  .strictObject({
    permission: text()
      .optional()
      .describe('URL that is asked with ?domain=NAME before a certificate is made: 2xx allows it.'),
    plainHttp: flag()
      .optional()
      .describe(
        'true: permission may be an http URL of another machine, which nobody vouches for.',
      ),
    timeout: atLeast(100, '100ms').optional().describe('For one question. Usually 5s.'),
    allowedFor: atLeast(SHORTEST_MS, '1s').optional().describe('A yes is kept. Usually 10m.'),
    refusedFor: atLeast(SHORTEST_MS, '1s').optional().describe('A no is kept. Usually 1m.'),
    names: z
      .array(text())
      .min(1)
      .max(MOST_PATTERNS)
      .optional()
      .describe('Exact names and wildcards of one label: nothing else is made.'),
    depth: count(0, DEEPEST)
      .optional()
      .describe('For host "*": labels below the registered domain. Usually 3.'),
    limit: bucketLimit
      .optional()
      .describe('New names of one registered domain. Usually { count: 20, per: 1h }.'),
    totalLimit: bucketLimit
      .optional()
      .describe('New names of the endpoint. Usually { count: 100, per: 1h }.'),
  })
  .describe('The first client of a name brings its certificate about.');

export type FileOnDemand = z.output<typeof onDemand>;
