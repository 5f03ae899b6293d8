/**
 * What endpoints make on demand, with the defaults applied and nothing left open to everybody.
 *
 * @module
 */
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/clock.ts';
import { ANY_HOST, type Name, findName, isAddress, isWildcard } from '../core/names.ts';
import { isLoopbackHost } from '../core/networks.ts';
import type { OnDemandSettings, PermissionSettings } from '../lifecycle/on-demand/settings.ts';
import type { FileConfig } from './file-schema.ts';
import type { FileOnDemand } from './on-demand-schema.ts';
import { parseDuration } from './parse-duration.ts';
import type { ConfigPath } from './problem.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';

const USUAL = {
  timeoutMs: 5 * SECOND_MS,
  allowedMs: 10 * MINUTE_MS,
  refusedMs: MINUTE_MS,
  depth: 3,
  limit: { count: 20, perMs: HOUR_MS },
  totalLimit: { count: 100, perMs: HOUR_MS },
};

/** Those of endpoints whose host is a name, in the order of the file. */
export function resolveOnDemand(
  endpoints: FileConfig['endpoints'],
  context: ResolveContext,
): OnDemandSettings[] {
  return (endpoints ?? []).flatMap((endpoint, index) => {
    if (!('onDemand' in endpoint) || endpoint.onDemand === undefined) return [];
    const path = ['endpoints', index, 'onDemand'];
    if (endpoint.protocol === 'tls' && endpoint.terminateTls === undefined) {
      context.report(
        path,
        'is for terminated connections, and this endpoint passes them through',
        'Add terminateTls, or remove onDemand.',
      );
    }
    const host = hostOf(endpoint.host);
    if (host === undefined) {
      context.report(
        path,
        'needs a wildcard or "*" as host: an exact host gets its certificate anyway',
        'Remove onDemand, or write a wildcard such as *.apps.example.com.',
      );
      return [];
    }
    return [settingsOf(host, endpoint.onDemand, path, context)];
  });
}

function hostOf(text: string): Name | undefined {
  if (text === ANY_HOST) return ANY_HOST;
  const host = findName(text);
  return host !== undefined && isWildcard(host) ? host : undefined;
}

function settingsOf(
  host: Name,
  given: FileOnDemand,
  path: ConfigPath,
  context: ResolveContext,
): OnDemandSettings {
  if (given.permission === undefined && given.names === undefined) {
    context.report(
      path,
      'needs permission or names: otherwise anybody could make certctl order',
      'Add permission: with the URL of a program of yours that knows your names.',
    );
  }
  const patterns = given.names?.flatMap((text, index) => {
    const place = [...path, 'names', index];
    const name = resolveName(text, place, context);
    if (name === undefined) return [];
    if (isAddress(name)) context.report(place, 'is an address, and clients only name hosts');
    return [name];
  });
  const permission = permissionOf(given, path, context);
  return {
    host,
    ...(permission === undefined ? {} : { permission }),
    ...(patterns === undefined ? {} : { patterns }),
    depth: given.depth ?? USUAL.depth,
    limit: given.limit ?? USUAL.limit,
    totalLimit: given.totalLimit ?? USUAL.totalLimit,
    refusedMs: milliseconds(given.refusedFor) ?? USUAL.refusedMs,
  };
}

function permissionOf(
  given: FileOnDemand,
  path: ConfigPath,
  context: ResolveContext,
): PermissionSettings | undefined {
  if (given.permission === undefined) {
    for (const key of ['plainHttp', 'timeout', 'allowedFor'] as const) {
      if (given[key] === undefined) continue;
      context.report([...path, key], 'is not used: there is no permission', `Remove ${key}.`);
    }
    return undefined;
  }
  const fault = faultOf(given.permission, given.plainHttp === true);
  if (fault !== undefined) {
    context.report([...path, 'permission'], ...fault);
    return undefined;
  }
  return {
    url: new URL(given.permission).href,
    timeoutMs: milliseconds(given.timeout) ?? USUAL.timeoutMs,
    allowedMs: milliseconds(given.allowedFor) ?? USUAL.allowedMs,
    refusedMs: milliseconds(given.refusedFor) ?? USUAL.refusedMs,
  };
}

/** Without the URL itself: a key of the operator's program may be in it. */
function faultOf(text: string, plainHttp: boolean): [message: string, mend?: string] | undefined {
  const url = URL.parse(text);
  if (url === null) return ['must be an https URL'];
  if (url.username !== '' || url.password !== '') {
    return ['must not contain a user name or password'];
  }
  if (url.hash !== '') return ['must not have a fragment, which is never sent'];
  if (url.protocol === 'https:') return undefined;
  if (url.protocol !== 'http:') return ['must be an https URL'];
  return plainHttp || isLoopbackHost(url.hostname)
    ? undefined
    : [
        'is an http URL of another machine: who is in between could allow every name',
        'Write https://, or plainHttp: true beside it where the network is your own.',
      ];
}

function milliseconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
