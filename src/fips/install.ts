/**
 * Puts a configuration of OpenSSL that loads the FIPS provider into the data directory.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, systemCode } from '../core/errors.ts';
import { type FipsModule, findModule } from './module.ts';
import {
  type ProviderParameters,
  findModulePath,
  formatOpensslConfig,
  isPlainPath,
  parseProviderParameters,
} from './openssl-config.ts';
import type { FipsSettings } from './settings.ts';
import { tryConfig } from './try-config.ts';

const FILE = 'fips-openssl.cnf';
const MOST_BYTES = 64 * 1024;

export function fipsConfigPath(dataDir: string): string {
  return join(dataDir, FILE);
}

/**
 * The integrity value of the module is recorded at the first use and holds from then on. A
 * configuration that changes is tried out before it takes the place of the one before.
 *
 * @param dataDir must exist
 * @returns the path of the configuration
 * @throws `fips/unavailable`
 */
export async function installFips(settings: FipsSettings, dataDir: string): Promise<string> {
  const path = fipsConfigPath(dataDir);
  const module = await findModule(settings);
  const text = await composeInstalled(settings, module, dataDir);
  if (text === (await readIfThere(path))) return path;
  const draft = `${path}.${randomUUID()}`;
  try {
    await write(draft, text);
    await tryConfig(draft, module.path);
    await rename(draft, path);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError('store/unwritable', `writing OpenSSL's configuration ${path}`, {
      mend: 'Make the data directory writable for the user that runs certctl.',
      cause: thrown,
    });
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}

/** What `installFips` would write. @throws as it does, but for what only trying finds out */
export async function composeInstalled(
  settings: FipsSettings,
  module: FipsModule,
  dataDir: string,
): Promise<string> {
  const before = await readIfThere(fipsConfigPath(dataDir));
  const recorded = before === undefined ? undefined : recordOf(before, module);
  return composeConfig(settings, module, recorded);
}

/**
 * @param recorded what certctl recorded of the module earlier
 * @throws `fips/unavailable` when the module is not the one that was recorded
 */
export async function composeConfig(
  settings: FipsSettings,
  module: FipsModule,
  recorded?: ProviderParameters,
): Promise<string> {
  if (!isPlainPath(module.path)) {
    throw new AppError('fips/unavailable', `using the FIPS provider ${module.path}`, {
      mend: 'Put it where the path has letters, digits and / . _ - only.',
    });
  }
  const given =
    settings.config === undefined ? recorded : await readFipsmoduleConfig(settings.config);
  const parameters = given ?? { 'module-mac': module.mac };
  if (parameters['module-mac']?.toUpperCase() !== module.mac) throw changed(settings, module);
  // Another Node has another libcrypto: what was tried out with the one may fail with the other.
  const { node, openssl } = process.versions;
  return `# Tried out with Node ${node} and OpenSSL ${openssl}.\n${formatOpensslConfig(module.path, parameters)}`;
}

function changed({ config }: FipsSettings, { path }: FipsModule): AppError {
  const message = `the FIPS provider ${path} is not the file that it was`;
  const mend =
    config === undefined
      ? `If it was replaced on purpose, remove ${FILE} from the data directory and start again; otherwise install it again.`
      : `Run openssl fipsinstall -module ${path} -out ${config} if it was replaced on purpose; otherwise install it again.`;
  return new AppError('fips/unavailable', message, { mend, context: { module: path } });
}

function recordOf(text: string, { path }: FipsModule): ProviderParameters | undefined {
  if (findModulePath(text) !== path) return undefined;
  const parsed = parseProviderParameters(text);
  const mac = typeof parsed === 'string' ? undefined : parsed['module-mac'];
  return mac === undefined ? undefined : { 'module-mac': mac };
}

async function readFipsmoduleConfig(path: string): Promise<ProviderParameters> {
  const text = await readBounded(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const parsed = parseProviderParameters(text);
  if (typeof parsed === 'string') throw unreadable(path, new Error(parsed));
  return parsed;
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError('fips/unavailable', `reading the provider's configuration ${path}`, {
    mend: 'Name the output of openssl fipsinstall as tls.fips.config, or leave the key out.',
    context: { path },
    cause,
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readBounded(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw unreadable(path, thrown);
  }
}

async function readBounded(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (bytes.length > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
  return bytes.toString('utf8');
}

async function write(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}
