/**
 * What an endpoint says over HTTP by itself: redirects, and the word to come by https only.
 *
 * @module
 */
import type { Endpoint, Redirect } from '../feed/feed.ts';
import type { UpstreamGroup } from '../feed/upstream.ts';
import type { FileHsts, FileRedirect } from './http-schema.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import { connectionsOf, resolveUpstreams } from './resolve-upstreams.ts';

type FileGroup = Parameters<typeof resolveUpstreams>[0];

interface FileHttp extends Omit<FileGroup, 'upstream'> {
  readonly upstream?: FileGroup['upstream'] | undefined;
  readonly redirect?: FileRedirect | undefined;
  readonly hsts?: FileHsts | undefined;
}

const USUAL_STATUS = 308;
/** What the lists of the browsers ask for. */
const PRELOAD_SECONDS = 31_536_000;

/** @param path of the endpoint */
export function resolveHttp(
  given: FileHttp,
  path: ConfigPath,
  context: ResolveContext,
): UpstreamGroup & Pick<Endpoint, 'hsts' | 'redirect'> {
  const { upstream, redirect, hsts } = given;
  const strict = hsts && resolveHsts(hsts, [...path, 'hsts'], context);
  const own = { ...connectionsOf(given), ...(strict === undefined ? {} : { hsts: strict }) };
  if (redirect !== undefined) {
    if (upstream !== undefined) {
      context.report([...path, 'redirect'], 'stands beside upstream', 'Remove one of the two.');
    }
    if (given.health !== undefined) {
      context.report([...path, 'health'], 'is for endpoints with an upstream', 'Remove it.');
    }
    const resolved = resolveRedirect(redirect, [...path, 'redirect'], context);
    return { upstreams: [], ...own, ...(resolved === undefined ? {} : { redirect: resolved }) };
  }
  if (upstream === undefined) {
    context.report([...path, 'upstream'], 'is required', 'Add upstream: or redirect: with a URL.');
    return { upstreams: [], ...own };
  }
  return { ...resolveUpstreams({ ...given, upstream }, 'http', path, context), ...own };
}

function resolveRedirect(
  given: FileRedirect,
  path: ConfigPath,
  context: ResolveContext,
): Redirect | undefined {
  const { to, status = USUAL_STATUS } = typeof given === 'string' ? { to: given } : given;
  const url = URL.parse(to);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === null || !isWeb || /[^\x21-\x7e]/.test(to)) {
    const place = typeof given === 'string' ? path : [...path, 'to'];
    context.report(place, 'must be an http or https URL, e.g. https://www.example.com');
    return undefined;
  }
  // `https://www.example.com/` names a page, `https://www.example.com` a site.
  const keepsPath = /^https?:\/\/[^/?#]+$/i.test(to);
  return { location: to, keepsPath, status };
}

function resolveHsts(given: FileHsts, path: ConfigPath, context: ResolveContext): string {
  const { maxAge, includeSubDomains = false, preload = false } = given;
  if (preload && (!includeSubDomains || maxAge < PRELOAD_SECONDS)) {
    context.report(
      [...path, 'preload'],
      `needs includeSubDomains: true and a maxAge of at least ${PRELOAD_SECONDS}`,
    );
  }
  const parts = [`max-age=${maxAge}`];
  if (includeSubDomains) parts.push('includeSubDomains');
  if (preload) parts.push('preload');
  return parts.join('; ');
}
