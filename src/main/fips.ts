/**
 * Brings the process into FIPS mode before it does anything else.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { AppError } from '../core/errors.ts';
import { displayName } from '../core/names.ts';
import { areFipsFlags, fipsFlags, withoutFipsFlags } from '../fips/flags.ts';
import { fipsConfigPath, installFips } from '../fips/install.ts';
import { type FipsAbilities, proveFips } from '../fips/prove.ts';
import { prepareDataDir } from '../store/sqlite/prepare-data-dir.ts';

/**
 * Where the configuration asks for FIPS mode, it returns only in a process that has proven it: one
 * that was started otherwise becomes, under the same process id, one that is started so.
 *
 * @throws `fips/unavailable` when there is no provider, or the process does not hold its proof
 */
export async function enterFips(config: Config, environment: Environment): Promise<void> {
  if (config.fips === undefined) return;
  const path = fipsConfigPath(config.dataDir);
  const flagsOfEnvironment = environment.variables['NODE_OPTIONS']?.split(/\s+/) ?? [];
  if (areFipsFlags([...process.execArgv, ...flagsOfEnvironment], path)) {
    await proveFips();
    return;
  }
  await prepareDataDir(config.dataDir);
  await installFips(config.fips, config.dataDir);
  const flags = fipsFlags(path);
  if (environment.variables['LISTEN_PID'] === String(process.pid)) throw wouldLoseSockets(flags);
  if (process.execve === undefined) {
    throw new AppError('fips/unavailable', 'FIPS mode needs a process to replace itself', {
      mend: 'Run certctl with Node 24 or newer on a system other than Windows.',
    });
  }
  process.execve(process.execPath, [
    process.execPath,
    ...flags,
    ...withoutFipsFlags(process.execArgv),
    ...process.argv.slice(1),
  ]);
}

/**
 * Refuses policies that this provider cannot hold; to be called where the mode was entered.
 *
 * @throws `config/invalid`
 */
export async function checkFipsAbilities({ fips, endpoints, source }: Config): Promise<void> {
  if (fips === undefined) return;
  const objection = findUnservable(endpoints, await proveFips());
  if (objection === undefined) return;
  const place = source.path === undefined ? '' : `${source.path}: `;
  throw new AppError('config/invalid', `${place}${objection}`, {
    mend: 'Write tls: { minVersion: "1.3" }, or use a provider of OpenSSL 3.1 or newer.',
  });
}

/** FIPS 140-3 has TLS 1.2 with the extended master secret only, which the provider has to demand. */
export function findUnservable(
  endpoints: Config['endpoints'],
  { demandsExtendedMasterSecret }: FipsAbilities,
): string | undefined {
  if (demandsExtendedMasterSecret) return undefined;
  for (const { host, terminate, terminateAt = {} } of endpoints) {
    const policies = terminate === undefined ? [] : [terminate, ...Object.values(terminateAt)];
    const older = policies.find(({ minVersion }) => minVersion !== '1.3');
    if (older === undefined) continue;
    return `minVersion ${older.minVersion} of ${displayName(host)} needs a FIPS provider that demands the extended master secret, and this one does not`;
  }
  return undefined;
}

/** What the workers of such a process are started with. */
export function fipsFlagsFor(config: Config): readonly string[] {
  return config.fips === undefined ? [] : fipsFlags(fipsConfigPath(config.dataDir));
}

/** Node closes what systemd hands over when it replaces itself. */
function wouldLoseSockets(flags: readonly string[]): AppError {
  return new AppError(
    'fips/unavailable',
    'a process with sockets from systemd cannot enter FIPS mode by itself',
    { mend: `Add to the unit: Environment="NODE_OPTIONS=${flags.join(' ')}"` },
  );
}
