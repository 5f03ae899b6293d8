/**
 * Which paths are the dashboard's: its pages, and signing in to it.
 *
 * @module
 */

/** What programs ask for, with a token. */
const OF_PROGRAMS = new Set(['/v1', '/metrics', '/healthz', '/readyz']);
export const SESSION_PATH = '/v1/session';
/** To the OpenID provider, and back. */
export const OIDC_PATH = `${SESSION_PATH}/oidc`;
export const CALLBACK_PATH = `${OIDC_PATH}/callback`;

/** Everything else is a page or a file of one. @param url with or without its query */
export function isDashboardPath(url: string): boolean {
  const [path = ''] = url.split('?');
  if (path === SESSION_PATH || path.startsWith(`${SESSION_PATH}/`)) return true;
  const [, first = ''] = path.split('/');
  return !OF_PROGRAMS.has(`/${first}`);
}
