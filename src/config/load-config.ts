/**
 * The configuration that a process starts with, from its file or without one.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { resolveConfig } from './resolve-config.ts';
import { PREDEFINED_ISSUERS } from './resolve-issuers.ts';

export interface LoadRequest {
  /** What `findConfigFile` found; `undefined` gives the defaults. */
  readonly path: string | undefined;
  readonly environment: Environment;
  /** `--data-dir`, which wins over the file. */
  readonly dataDir?: string | undefined;
}

/**
 * The value is frozen in depth.
 * @throws `file/unreadable`, or `config/invalid` with every problem of the file.
 */
export async function loadConfig(request: LoadRequest): Promise<Config> {
  const { path, environment } = request;
  if (path === undefined) return freeze(configWithoutFile(request));
  // Parsing YAML and checking shapes costs start-up time that only a file is worth.
  const { readConfigFile } = await import('./read-config-file.ts');
  return freeze(await readConfigFile({ ...request, path: resolve(environment.cwd, path) }));
}

function configWithoutFile({ environment, dataDir }: LoadRequest): Config {
  const issuerTypes = new Map(
    Object.entries(PREDEFINED_ISSUERS).map(([name, { type }]) => [name, type]),
  );
  return resolveConfig(
    { file: {}, dataDir, endpointsAreKnown: true, requests: new Map() },
    {
      environment,
      directory: environment.cwd,
      report: (path, message) => {
        throw new TypeError(`the defaults contradict each other at ${path.join('.')}: ${message}`);
      },
      isExpanded: () => false,
      issuerTypes,
      credentialNames: new Set(),
      targetNames: new Set(),
      files: new Set(),
      isFips: false,
    },
  );
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
