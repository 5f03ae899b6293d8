/**
 * The limits that count for a CA: those it publishes, unless the configuration says otherwise.
 *
 * @module
 */
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../core/clock.ts';
import type { CaLimits } from '../../issuers/ca-limits.ts';

/** 18 in a second, ten of them at once: below what its load balancers take of new nonces. */
const REQUESTS = { count: 10, perMs: 556 };
const WEEK_MS = 7 * DAY_MS;

/**
 * By directory URL. Let's Encrypt pauses a name after 1,152 failures in a row (3,600 in staging), of
 * which one a day (all in six hours) is forgotten: half of it is left to other clients.
 */
const PUBLISHED: Readonly<Record<string, CaLimits>> = {
  'https://acme-v02.api.letsencrypt.org/directory': {
    newOrdersPerAccount: { count: 300, perMs: 3 * HOUR_MS },
    certificatesPerRegisteredDomain: { count: 50, perMs: WEEK_MS },
    certificatesPerNameSet: { count: 5, perMs: WEEK_MS },
    failedValidationsPerName: { count: 5, perMs: HOUR_MS },
    consecutiveFailuresPerName: { count: 576, perMs: 576 * DAY_MS },
    requests: REQUESTS,
  },
  'https://acme-staging-v02.api.letsencrypt.org/directory': {
    newOrdersPerAccount: { count: 1_500, perMs: 3 * HOUR_MS },
    certificatesPerRegisteredDomain: { count: 30_000, perMs: SECOND_MS },
    certificatesPerNameSet: { count: 30_000, perMs: WEEK_MS },
    failedValidationsPerName: { count: 200, perMs: HOUR_MS },
    consecutiveFailuresPerName: { count: 1_800, perMs: 3 * HOUR_MS },
    requests: REQUESTS,
  },
};

/** A CA that publishes none, or none that we know, has those that are configured. */
export function limitsOf(directoryUrl: string, configured: CaLimits): CaLimits {
  const published = Object.hasOwn(PUBLISHED, directoryUrl) ? PUBLISHED[directoryUrl] : {};
  return { ...published, ...configured };
}

/** The bucket of all requests to a CA. Not among the others, which need the list of public suffixes. */
export function requestScope(directoryUrl: string): string {
  return `requests ${directoryUrl}`;
}
