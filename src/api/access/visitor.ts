/**
 * What a request says about where it comes from, before anybody believes it.
 *
 * @module
 */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';

export interface Visitor {
  readonly address: string;
  readonly requestId: string;
  readonly method: string;
  /** The fields of the request by these names. */
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
  /** Sec-Fetch-Site: set by browsers, never by their pages. */
  readonly fetchSite: string | undefined;
}

export function visitorOf({ ip, id, method, headers }: FastifyRequest): Visitor {
  const fetchSite = headers['sec-fetch-site'];
  return {
    address: ip,
    requestId: id,
    method,
    authorization: headers.authorization,
    cookie: headers.cookie,
    origin: headers.origin,
    host: headers.host,
    fetchSite: Array.isArray(fetchSite) ? fetchSite.join() : fetchSite,
  };
}

const READS = new Set(['GET', 'HEAD']);

/**
 * A browser sends its cookies whoever made it ask: what it asks for by cookie has to come from our
 * own pages. Where it does not say, only reading passes.
 *
 * @throws `api/cross-origin`.
 */
export function checkSameOrigin({ method, fetchSite, origin, host }: Visitor): void {
  const isRead = READS.has(method);
  const isOurs =
    fetchSite === undefined
      ? isRead || (host !== undefined && origin === `https://${host}`)
      : fetchSite === 'same-origin' || (isRead && fetchSite === 'none');
  if (isOurs) return;
  throw new AppError('api/cross-origin', 'the request was not made by a page of this server', {
    mend: 'Use the dashboard of this server, or send a token with each request.',
  });
}
