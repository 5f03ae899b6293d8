/**
 * Whether a request belongs on the connection it came by.
 *
 * @module
 */
import { covers, findName, type Name } from '../core/names.ts';
import type { Endpoint } from '../feed/feed.ts';

export type AuthorityJudgement = 'accepted' | 'malformed' | 'misdirected';

/**
 * Browsers send requests for other names over a connection whose certificate covers them
 * (RFC 9110 §7.4); they are right here only when the same endpoint serves both.
 */
export function judgeAuthority(
  authority: string,
  connection: { readonly name: Name; readonly endpoint: Endpoint },
): AuthorityJudgement {
  const host = hostOf(authority);
  if (host === undefined) return 'malformed';
  return host === connection.name || covers(connection.endpoint.host, host)
    ? 'accepted'
    : 'misdirected';
}

/** The host of `host:port`; `undefined` when it is not a name that a certificate could have. */
export function hostOf(authority: string): Name | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(authority);
  return match?.[1] === undefined ? undefined : findName(match[1]);
}
