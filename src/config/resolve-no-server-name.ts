/**
 * What clients get that name no server.
 *
 * @module
 */
import { coveringWildcard, type Name } from '../core/names.ts';
import type { Endpoint } from '../feed/feed.ts';
import type { ConfigPath } from './problem.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';

/** @param endpoints `undefined` when the file's endpoints have faults that hide their hosts */
export function resolveNoServerName(
  given: string | undefined,
  above: ConfigPath,
  endpoints: readonly Endpoint[] | undefined,
  context: ResolveContext,
): 'refuse' | Name {
  if (given === undefined || given === 'refuse') return 'refuse';
  const path = [...above, 'noServerName'];
  const name = resolveName(given, path, context);
  if (name === undefined) return 'refuse';
  const wildcard = coveringWildcard(name);
  const withTls = endpoints?.filter(({ protocol }) => protocol !== 'http');
  if (withTls?.some(({ host }) => host === name || host === wildcard) === false) {
    context.report(
      path,
      'no endpoint is for this name',
      'Write refuse, or the host of an endpoint.',
    );
  }
  return name;
}
