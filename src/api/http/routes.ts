/**
 * The table of routes: the server routes by it, and the OpenAPI document is made from it.
 *
 * @module
 */
import { z } from 'zod';
import { CERTIFICATE_ROUTES } from './certificate-routes.ts';
import { DEPLOYMENT_ROUTES } from './deployment-routes.ts';
import { EVENT_ROUTES } from './event-routes.ts';
import { OIDC_ROUTES } from './oidc-routes.ts';
import type { Route } from './route.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { SYSTEM_ROUTES } from './system-routes.ts';

export const ROUTES: readonly Route[] = [
  ...CERTIFICATE_ROUTES,
  ...DEPLOYMENT_ROUTES,
  ...EVENT_ROUTES,
  ...SYSTEM_ROUTES,
  ...SESSION_ROUTES,
  ...OIDC_ROUTES,
];

const NO_QUERY = z.strictObject({});

/** Who asks for a filter that there is not must not take the answer for a filtered one. */
export function querySchemaOf({ query, access }: Route): z.ZodType | undefined {
  const isForAll = access === 'public' || access === 'visitor';
  return query ?? (isForAll ? undefined : NO_QUERY);
}

/** The methods that a path has, whatever its parameters are. */
export function methodsOf(path: string): string[] {
  return ROUTES.filter((route) => patternOf(route.path).test(path)).map(({ method }) => method);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
