/**
 * The rate limits of a CA in a configuration file: `{ count: 300, per: 3h }`.
 *
 * @module
 */
import { z } from 'zod';
import type { BucketLimit } from '../core/token-bucket.ts';
import {
  CA_LIMITS,
  type CaLimit,
  type CaLimits,
  MOST_TOKENS,
  SHORTEST_PERIOD_MS,
} from '../issuers/ca-limits.ts';
import { count, duration } from './file-leaves.ts';
import { parseDuration } from './parse-duration.ts';

export const bucketLimit = z
  .strictObject({
    count: count(1, MOST_TOKENS).describe('How many at once.'),
    per: duration(
      (milliseconds) => milliseconds >= SHORTEST_PERIOD_MS,
      `, at least ${SHORTEST_PERIOD_MS}ms`,
    ).describe('The time in which so many come back.'),
  })
  .transform((given): BucketLimit => ({
    count: given.count,
    perMs: parseDuration(given.per) ?? Number.NaN,
  }));

const MEANINGS: Readonly<Record<CaLimit, string>> = {
  newOrdersPerAccount: 'New orders of our account.',
  certificatesPerRegisteredDomain: 'Certificates of one domain below a public suffix.',
  certificatesPerNameSet: 'Certificates for exactly the same names.',
  failedValidationsPerName: 'Failed validations of one name.',
  consecutiveFailuresPerName: 'Failed validations of one name without a success in between.',
  requests: 'Requests of any kind, of this process.',
};

const leaves = CA_LIMITS.map((limit) => [limit, bucketLimit.optional().describe(MEANINGS[limit])]);

/** Each is optional; one that is missing is as the CA publishes it. */
export const issuerLimits = z
  .strictObject(Object.fromEntries(leaves) as Record<CaLimit, z.ZodOptional<typeof bucketLimit>>)
  .transform((given): CaLimits => given);
