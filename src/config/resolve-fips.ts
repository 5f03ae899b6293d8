/**
 * FIPS mode as a configuration asks for it.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { FipsSettings } from '../fips/settings.ts';
import type { FileConfig } from './file-schema.ts';
import type { ResolveContext } from './resolve-context.ts';

type FileFips = NonNullable<FileConfig['tls']>['fips'];

/** `undefined` where it does not ask. */
export function resolveFips(
  given: FileFips,
  { directory, environment }: ResolveContext,
): FipsSettings | undefined {
  if (given === undefined || given === false) return undefined;
  const { module, config } = given === true ? {} : given;
  const folder = environment.variables['OPENSSL_MODULES'];
  return {
    ...(module === undefined ? {} : { module: resolve(directory, module) }),
    ...(config === undefined ? {} : { config: resolve(directory, config) }),
    ...(folder?.startsWith('/') === true ? { modulesDirectory: folder } : {}),
  };
}

/** True also for a section with faults elsewhere: what else is wrong should still be said. */
export function asksForFips(tls: Readonly<Record<string, unknown>>): boolean {
  const given = tls['fips'];
  return given !== undefined && given !== null && given !== false && given !== 'false';
}
