/**
 * The keys of a configuration file for endpoints that speak HTTP.
 *
 * @module
 */
import { z } from 'zod';
import { count, flag, text } from './file-leaves.ts';
import { requestKeys } from './upstream-schema.ts';

const REDIRECTS = [301, 302, 303, 307, 308] as const;
const LONGEST_HSTS_SECONDS = 10 * 365 * 86_400;
const HSTS_AGE = 'must be a number of seconds, e.g. 31536000';

const location = text(2_000).describe(
  'An http or https URL; without a path the path of the request follows.',
);

const redirect = z.union([
  location,
  z.strictObject({
    to: location,
    status: z
      .union(REDIRECTS.map((status) => z.literal(status)))
      .optional()
      .describe('301, 302, 303, 307 or 308. Usually 308.'),
  }),
]);
export type FileRedirect = z.output<typeof redirect>;

const hsts = z.strictObject({
  maxAge: count(0, LONGEST_HSTS_SECONDS, HSTS_AGE).describe('Seconds; 0 takes the word back.'),
  includeSubDomains: flag().optional().describe('true: for every name below the host, too.'),
  preload: flag().optional().describe('true: browsers may ship the host in their lists.'),
});
export type FileHsts = z.output<typeof hsts>;

/** Either an upstream or a redirect. */
export const httpKeys = {
  ...requestKeys,
  upstream: requestKeys.upstream.optional(),
  redirect: redirect.optional().describe('Point elsewhere instead of asking an upstream.'),
};

export const httpsKeys = {
  ...httpKeys,
  hsts: hsts.optional().describe('Tell browsers to come by https only (RFC 6797).'),
};
