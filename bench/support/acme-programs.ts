/**
 * The command line clients that are compared, each asked for the same: one name by http-01.
 *
 * @module
 */
import { join } from 'node:path';
import { runCertctl } from '../../test/support/certctl.ts';
import type { Pebble } from '../../test/support/pebble.ts';
import { type ProgramResult, runProgram } from '../../test/support/program.ts';

export interface AcmeProgram {
  readonly name: string;
  readonly version: string;
  /** Everything that the program keeps is below `directory`, so an empty one makes a first run. */
  issue(name: string, ca: Pebble, directory: string): Promise<ProgramResult>;
}

type Candidate = Pick<AcmeProgram, 'name' | 'issue'> & {
  readonly askVersion: () => Promise<ProgramResult>;
};

/** Ours first: the others are compared with it. */
const CANDIDATES: readonly Candidate[] = [
  {
    name: 'certctl',
    askVersion: () => runCertctl(['--version']),
    issue: (name, ca, directory) => {
      const options = flat({
        '--challenge': 'http-01',
        '--key-type': 'ec256',
        '--directory': ca.directoryUrl,
        '--ca-bundle': ca.caBundle,
        '--http01-port': String(ca.httpPort),
        '--data-dir': join(directory, 'data'),
      });
      // The first run compiles, as it does after an installation.
      const env = { NODE_COMPILE_CACHE: join(directory, 'compiled') };
      return runCertctl(['issue', name, ...options], { cwd: directory, env });
    },
  },
  {
    name: 'certbot',
    askVersion: () => runProgram('certbot', ['--version']),
    issue: (name, ca, directory) => {
      const options = flat({
        '--domain': name,
        '--key-type': 'ecdsa',
        '--elliptic-curve': 'secp256r1',
        '--server': ca.directoryUrl,
        '--http-01-port': String(ca.httpPort),
        '--config-dir': join(directory, 'config'),
        '--work-dir': join(directory, 'work'),
        '--logs-dir': join(directory, 'logs'),
      });
      const switches = ['--non-interactive', '--standalone', '--agree-tos'];
      return runProgram(
        'certbot',
        ['certonly', ...switches, '--register-unsafely-without-email', ...options],
        { env: { ...process.env, REQUESTS_CA_BUNDLE: ca.caBundle } },
      );
    },
  },
  {
    name: 'lego',
    askVersion: () => runProgram('lego', ['--version']),
    issue: (name, ca, directory) => {
      const options = flat({
        '--domains': name,
        '--key-type': 'ec256',
        '--server': ca.directoryUrl,
        '--http.port': `:${ca.httpPort}`,
        '--email': 'ops@example.com',
        '--path': directory,
      });
      return runProgram('lego', ['--http', '--accept-tos', ...options, 'run'], {
        env: { ...process.env, LEGO_CA_CERTIFICATES: ca.caBundle },
      });
    },
  },
];

export async function findPrograms(): Promise<{
  readonly found: readonly AcmeProgram[];
  readonly missing: readonly string[];
}> {
  const found: AcmeProgram[] = [];
  const missing: string[] = [];
  for (const { name, issue, askVersion } of CANDIDATES) {
    const version = await askVersion().catch(() => undefined);
    if (version?.status === 0) found.push({ name, version: lineOf(version), issue });
    else missing.push(name);
  }
  return { found, missing };
}

/** Some print their version where others print errors. */
function lineOf({ stdout, stderr }: ProgramResult): string {
  return `${stdout}\n${stderr}`.trim().split('\n')[0] ?? '';
}

function flat(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).flat();
}
