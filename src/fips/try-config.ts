/**
 * Tries out a configuration of OpenSSL in a process of its own.
 *
 * A process that is started with one that does not work ends before it can say why.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { fipsFlags } from './flags.ts';
import type { FipsAbilities } from './prove.ts';

const ENTRY = fileURLToPath(new URL(`./proof-report${import.meta.url.slice(-3)}`, import.meta.url));
/** The provider tests itself first, which takes a slow machine seconds. */
const LONGEST_MS = 60_000;
const MOST_SHOWN = 500;

const reportShape = z.union([
  z.object({
    abilities: z.object({ demandsExtendedMasterSecret: z.boolean(), hasMlKem: z.boolean() }),
  }),
  z.object({ fault: z.string() }),
]);

/**
 * @param modulePath the provider that `configPath` loads
 * @throws `fips/unavailable` when it does not load, or does not hold its proof.
 */
export async function tryConfig(configPath: string, modulePath: string): Promise<FipsAbilities> {
  const report = await run(configPath, modulePath);
  if ('abilities' in report) return report.abilities;
  throw unusable(modulePath, new Error(report.fault));
}

async function run(configPath: string, modulePath: string): Promise<z.output<typeof reportShape>> {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...fipsFlags(configPath), ENTRY],
      // What Node is told by the environment could be another configuration.
      { env: {}, timeout: LONGEST_MS, cwd: '/' },
    );
    return reportShape.parse(JSON.parse(stdout));
  } catch (thrown) {
    throw unusable(modulePath, new Error(reasonOf(thrown), { cause: thrown }));
  }
}

/** The first line that Node or OpenSSL wrote, without the path of the program. */
function reasonOf(thrown: unknown): string {
  const { stderr = '' } = thrown as { readonly stderr?: string };
  const line = stderr.split('\n').find((text) => text.trim() !== '');
  const reason = line ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return reason.replace(`${process.execPath}: `, '').slice(0, MOST_SHOWN);
}

function unusable(modulePath: string, cause: Error): AppError {
  return new AppError('fips/unavailable', `loading the FIPS provider ${modulePath}`, {
    mend:
      'Install a provider of OpenSSL 3 that is built for this machine, and name its file as ' +
      'tls.fips.module; tls.fips.config is for what openssl fipsinstall wrote for it.',
    context: { module: modulePath },
    cause,
  });
}
