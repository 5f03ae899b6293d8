/**
 * Which configuration file is meant, of the places where one may be.
 *
 * @module
 */
import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError, systemCode } from '../core/errors.ts';
import type { Environment } from './environment.ts';

const SYSTEM_PATH = '/etc/certctl/certctl.yaml';

export interface ConfigFileSearch {
  /** `--config` */
  readonly flag?: string | undefined;
  readonly environment: Pick<Environment, 'configPath' | 'cwd'>;
}

/**
 * The absolute path of the first file that is there; `undefined` when nobody named one and the
 * usual places are empty.
 * @throws `config/not-found` when a file that was named is not there.
 */
export function findConfigFile({ flag, environment }: ConfigFileSearch): string | undefined {
  const named = flag ?? environment.configPath;
  if (named === undefined) {
    const own = canLookInto(environment.cwd) ? [join(environment.cwd, 'certctl.yaml')] : [];
    return [...own, SYSTEM_PATH].find(isThere);
  }
  const path = resolve(environment.cwd, named);
  if (isThere(path)) return path;
  const by = flag === undefined ? 'CERTCTL_CONFIG' : '--config';
  throw new AppError('config/not-found', `the configuration file ${path} does not exist`, {
    mend: `Correct ${by}, or write a first configuration there with certctl init.`,
    context: { path, by },
  });
}

/** A file that exists and cannot be read counts as there: skipping it would change what is meant. */
function isThere(path: string): boolean {
  try {
    return statSync(path) !== undefined;
  } catch (thrown) {
    return !['ENOENT', 'ENOTDIR'].includes(systemCode(thrown) ?? '');
  }
}

/** Not after `sudo -u certctl` in the home directory of another: nothing there is meant. */
function canLookInto(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
