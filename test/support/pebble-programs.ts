/**
 * Finds Pebble, the test CA, with its DNS server: on PATH, in the cache, from Debian, by Docker.
 *
 * @module
 */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackDebianPackage } from './debian-package.ts';
import { openLock } from './lock-directory.ts';
import { type RunningProgram, runProgram, startProgram } from './program.ts';

export type PebbleProgram = 'pebble' | 'pebble-challtestsrv';

/** One of the ways in which the programs can be run. */
export interface PebblePrograms {
  /** Which way it is, for people. */
  readonly source: string;
  /** `directory` holds every file that `args` name. */
  start(
    program: PebbleProgram,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    directory: string,
  ): Promise<RunningProgram>;
}

/** Before this version: no strict user agent, DNS over UDP, `replaces` not checked. */
const LEAST_VERSION = [2, 10] as const;

const COMPOSE_FILE = fileURLToPath(new URL('../../docker-compose.test.yml', import.meta.url));
const COMPOSE = ['compose', '--progress', 'quiet', '-f', COMPOSE_FILE];
const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const FAILURE_VARIABLE = 'PEBBLE_UNAVAILABLE';
const LONGEST_DOWNLOAD_MS = 10 * 60_000;
const PROBE_TIMEOUT_MS = 20_000;

/** @throws an error that says what was tried and what to install. */
export async function findPebblePrograms(): Promise<PebblePrograms> {
  const known = process.env[FAILURE_VARIABLE];
  if (known !== undefined) throw new Error(known);
  const reasons: string[] = [];
  for (const find of [fromPath, fromCache, fromDebian, fromDocker]) {
    const found = await find();
    if (typeof found !== 'string') return found;
    reasons.push(`  ${found}`);
  }
  throw new Error(
    [
      'these tests need the ACME test CA Pebble 2.10 or newer, and it is not at hand:',
      ...reasons,
      'Install pebble and pebble-challtestsrv on PATH, or start a Docker engine.',
    ].join('\n'),
  );
}

/** Spares the worker processes a search that has failed before they were started. */
export function rememberFailure(failure: unknown): void {
  process.env[FAILURE_VARIABLE] = failure instanceof Error ? failure.message : String(failure);
}

async function fromPath(): Promise<PebblePrograms | string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder === '' || !(await hasBoth(folder))) continue;
    const version = await versionIn(folder);
    if (isNewEnough(version)) return binaries(folder, `${folder} (${version})`);
    return `PATH: ${join(folder, 'pebble')} has version "${version}"`;
  }
  return 'PATH: no pebble with pebble-challtestsrv';
}

async function fromCache(): Promise<PebblePrograms | string> {
  const folder = join(CACHE, 'pebble', 'usr', 'bin');
  return (await hasBoth(folder)) ? binaries(folder, folder) : 'cache: empty';
}

async function fromDebian(): Promise<PebblePrograms | string> {
  if (process.platform !== 'linux') return 'Debian: not a Debian machine';
  await using stack = new AsyncDisposableStack();
  stack.use(await openLock(join(CACHE, 'pebble.lock'), LONGEST_DOWNLOAD_MS));
  // Another process may have filled the cache while this one waited.
  const cached = await fromCache();
  if (typeof cached !== 'string') return cached;
  const scratch = join(CACHE, 'pebble.download');
  const wanted = { name: 'pebble', suite: 'sid' } as const;
  const failure = await unpackDebianPackage(wanted, join(CACHE, 'pebble'), scratch);
  return failure === undefined ? fromCache() : `Debian: ${failure}`;
}

async function fromDocker(): Promise<PebblePrograms | string> {
  const engine = await probe('docker', ['version', '--format', '{{.Server.Version}}']);
  if (engine === undefined) return 'Docker: no engine answers';
  const compose = await probe('docker', ['compose', 'version']);
  if (compose === undefined) return 'Docker: the compose plugin is missing';
  // Before the first start, so that the time for it does not count as the time of a start.
  const pulled = await runProgram(
    'docker',
    [...COMPOSE, 'pull', '--quiet', '--policy', 'missing'],
    {
      env: { ...process.env, PEBBLE_DIRECTORY: CACHE },
      timeoutMs: LONGEST_DOWNLOAD_MS,
    },
  );
  if (pulled.status !== 0) return `Docker: ${pulled.stderr.trim().slice(0, 500)}`;
  return { source: `Docker ${engine.trim()}`, start: startContainer };
}

function binaries(folder: string, source: string): PebblePrograms {
  return {
    source,
    start: (program, args, env, directory) =>
      startProgram(join(folder, program), args, {
        env: { ...process.env, ...env },
        cwd: directory,
      }),
  };
}

async function startContainer(
  program: PebbleProgram,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  directory: string,
): Promise<RunningProgram> {
  const name = `certctl-test-${program}-${crypto.randomUUID()}`;
  const run = ['run', '--rm', '--no-deps', '--no-TTY', '--name', name, program, ...args];
  const running = await startProgram('docker', [...COMPOSE, ...run], {
    env: { ...process.env, ...env, PEBBLE_DIRECTORY: directory },
  });
  // The container belongs to the engine: ending the client alone would leave it behind.
  running.beforeStop(() =>
    runProgram('docker', ['rm', '--force', name], { timeoutMs: PROBE_TIMEOUT_MS }),
  );
  return running;
}

async function hasBoth(folder: string): Promise<boolean> {
  const programs: PebbleProgram[] = ['pebble', 'pebble-challtestsrv'];
  try {
    await Promise.all(programs.map((name) => access(join(folder, name), constants.X_OK)));
    return true;
  } catch {
    return false;
  }
}

async function versionIn(folder: string): Promise<string> {
  const own = await probe(join(folder, 'pebble'), ['-version']);
  const text = own?.replace(/^.*:/, '').trim() ?? '';
  if (text !== 'dev') return text;
  // Debian's build does not know its version; its package does.
  const packaged = await probe('dpkg-query', ['-W', '-f', '${Version}', 'pebble']);
  return packaged ?? text;
}

function isNewEnough(version: string): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1]);
}

/** The standard output of a short command, or `undefined` when it fails. */
async function probe(file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { status, stdout } = await runProgram(file, args, { timeoutMs: PROBE_TIMEOUT_MS });
    return status === 0 ? stdout : undefined;
  } catch {
    return undefined;
  }
}
