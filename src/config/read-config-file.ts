/**
 * One configuration file, read, checked and resolved; everything that only a file needs.
 *
 * @module
 */
import { dirname, relative } from 'node:path';
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { invalidConfig } from './problem.ts';
import { readConfigSource } from './read-config-source.ts';
import { readTextFile } from './read-text-file.ts';
import { readYaml } from './yaml-source.ts';

const MOST_BYTES = 1024 * 1024;

export interface ConfigFileRequest {
  /** Absolute. */
  readonly path: string;
  readonly environment: Environment;
  readonly dataDir?: string | undefined;
}

/** @throws `file/unreadable`, or `config/invalid` with every problem of the file. */
export async function readConfigFile({
  path,
  environment,
  dataDir,
}: ConfigFileRequest): Promise<Config> {
  const directory = dirname(path);
  const text = readTextFile(path, MOST_BYTES);
  const source = readYaml(text, { variables: environment.variables, directory });
  const shown = shownPath(path, environment.cwd);
  // Nothing is known of a broken file but where it breaks.
  if (source.value === undefined && source.problems.length > 0) {
    throw invalidConfig(shown, source.problems);
  }
  return readConfigSource(source, { environment, directory, dataDir, sourcePath: path, shown });
}

/** Short when it is below the working directory, where people look. */
function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') ? path : near;
}
