/**
 * The OpenID provider at which persons sign in.
 *
 * @module
 */
import { resolve } from 'node:path';
import { toAppError } from '../core/errors.ts';
import { isLoopbackHost } from '../core/networks.ts';
import type { OidcSettings } from './api-settings.ts';
import { loadCaBundle } from './load-ca-bundle.ts';
import type { FileOidc } from './oidc-schema.ts';
import type { ConfigPath } from './problem.ts';
import { type ResolveContext, resolveName } from './resolve-context.ts';

const PATH: ConfigPath = ['api', 'oidc'];
const USUAL_SCOPES = ['openid', 'profile', 'email'];
const USUAL_CLAIM = 'groups';

export function resolveOidc(
  given: FileOidc | undefined,
  context: ResolveContext,
): OidcSettings | undefined {
  if (given === undefined) return undefined;
  const { clientId, clientSecret, scopes = USUAL_SCOPES, claim = USUAL_CLAIM, domains } = given;
  const issuer = URL.parse(given.issuer);
  const url = URL.parse(given.url);
  const faults = [
    [issuerFault(issuer), 'issuer'],
    [urlFault(url), 'url'],
  ] as const;
  for (const [fault, key] of faults) {
    if (fault !== undefined) context.report([...PATH, key], fault);
  }
  const grants = given.grants.map(({ value, role, names }, index) => ({
    role,
    ...(value === undefined ? {} : { value }),
    ...(names === undefined
      ? {}
      : {
          patterns: names.flatMap(
            (name, at) => resolveName(name, [...PATH, 'grants', index, 'names', at], context) ?? [],
          ),
        }),
  }));
  const unreachable = grants.findIndex(({ value }) => value === undefined);
  if (unreachable !== -1 && unreachable < grants.length - 1) {
    const path = [...PATH, 'grants', unreachable + 1];
    context.report(path, 'is never reached: the grant before it is for everybody');
  }
  const caPem = readBundle(given.caBundle, context);
  if (issuer === null || url === null || faults.some(([fault]) => fault !== undefined)) {
    return undefined;
  }
  return {
    // As written: providers compare it letter by letter.
    issuer: given.issuer,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    url: url.origin,
    name: given.name ?? issuer.host,
    scopes: scopes.includes('openid') ? scopes : ['openid', ...scopes],
    claim,
    grants,
    ...(domains === undefined ? {} : { domains: domains.map((each) => each.toLowerCase()) }),
    ...(caPem === undefined ? {} : { caPem }),
  };
}

function issuerFault(issuer: URL | null): string | undefined {
  if (issuer === null) return 'must be an https URL';
  if (issuer.username !== '' || issuer.password !== '') {
    return 'must not contain a user name or password';
  }
  if (issuer.search !== '' || issuer.hash !== '') return 'must have neither query nor fragment';
  if (issuer.protocol === 'https:') return undefined;
  const isHere = issuer.protocol === 'http:' && isLoopbackHost(issuer.hostname);
  return isHere ? undefined : 'must be an https URL; http is for a provider on this machine only';
}

/** Cookies of this kind go over TLS only. */
function urlFault(url: URL | null): string | undefined {
  if (url?.protocol !== 'https:') return 'must be an https URL';
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
    ? undefined
    : 'must have no path: the dashboard is at / of its host';
}

function readBundle(file: string | undefined, context: ResolveContext): string | undefined {
  if (file === undefined) return undefined;
  try {
    return loadCaBundle(resolve(context.directory, file));
  } catch (thrown) {
    const { message, mend } = toAppError(thrown);
    context.report([...PATH, 'caBundle'], message, mend);
    return undefined;
  }
}
