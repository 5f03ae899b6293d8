/**
 * The rate limits that a CA may have, each as a token bucket.
 *
 * @module
 */
import { z } from 'zod';
import type { BucketLimit } from '../core/token-bucket.ts';

export const CA_LIMITS = [
  'newOrdersPerAccount',
  'certificatesPerRegisteredDomain',
  'certificatesPerNameSet',
  'failedValidationsPerName',
  /** Reset by a success; a CA that counts them pauses the name in the end. */
  'consecutiveFailuresPerName',
  /** Of this process to this CA, of any kind. */
  'requests',
] as const;
export type CaLimit = (typeof CA_LIMITS)[number];

/** A limit that is absent is not kept. */
export type CaLimits = { readonly [Limit in CaLimit]?: BucketLimit | undefined };

export const MOST_TOKENS = 1_000_000;
export const SHORTEST_PERIOD_MS = 100;
export const LONGEST_PERIOD_MS = 2 ** 31 - 1;

const bucketLimit = z.strictObject({
  count: z.int().min(1).max(MOST_TOKENS),
  perMs: z.int().min(SHORTEST_PERIOD_MS).max(LONGEST_PERIOD_MS),
});

export const caLimitsSchema: z.ZodType<CaLimits> = z.strictObject(
  Object.fromEntries(CA_LIMITS.map((limit) => [limit, bucketLimit.optional()])) as Record<
    CaLimit,
    z.ZodOptional<typeof bucketLimit>
  >,
);
