/**
 * Programs that interop tests need as peers: from PATH, or unpacked from this machine's own
 * distribution without installing anything.
 *
 * @module
 */
import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLock } from './lock-directory.ts';
import { type ProgramOptions, runProgram } from './program.ts';

export interface PeerProgram {
  readonly file: string;
  readonly options: ProgramOptions;
}

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const FOLDERS = ['usr/sbin', 'usr/bin', 'bin'];
const STEP_TIMEOUT_MS = 180_000;
const LONGEST_DOWNLOAD_MS = 10 * 60_000;

export interface WantedProgram {
  /** Named as its package without it. */
  readonly program?: string;
  /** Packages that the program can do without, but not the caller. */
  readonly also?: readonly string[];
}

/** @returns why the program cannot be had here, where it cannot. */
export async function findDebianProgram(
  packageName: string,
  { program = packageName, also = [] }: WantedProgram = {},
): Promise<PeerProgram | string> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const installed = await findExecutable(program, folders);
  if (installed !== undefined) return { file: installed, options: {} };
  const packages = [packageName, ...also];
  const target = join(CACHE, packages.join('+'));
  const cached = await findUnpacked(program, target);
  if (cached !== undefined) return cached;
  if (process.platform !== 'linux') return `${program} is not on PATH`;
  await using stack = new AsyncDisposableStack();
  stack.use(await openLock(`${target}.lock`, LONGEST_DOWNLOAD_MS));
  // Another process may have filled the cache while this one waited.
  const meanwhile = await findUnpacked(program, target);
  if (meanwhile !== undefined) return meanwhile;
  try {
    await unpack(packages, target, `${target}.download`);
  } catch (thrown) {
    return `${program} is not on PATH, and Debian: ${String(thrown)}`;
  }
  return (await findUnpacked(program, target)) ?? `the package ${packageName} has no ${program}`;
}

async function findUnpacked(name: string, target: string): Promise<PeerProgram | undefined> {
  const file = await findExecutable(
    name,
    FOLDERS.map((folder) => join(target, folder)),
  );
  if (file === undefined) return undefined;
  const architectures = await readdir(join(target, 'usr/lib')).catch(() => []);
  const libraries = architectures.map((folder) => join(target, 'usr/lib', folder));
  return { file, options: { env: { ...process.env, LD_LIBRARY_PATH: libraries.join(delimiter) } } };
}

async function findExecutable(
  name: string,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && isThere) return file;
  }
  return undefined;
}

/** With what they depend on and this machine lacks. `target` appears whole or not at all. */
async function unpack(names: readonly string[], target: string, scratch: string): Promise<void> {
  await rm(scratch, { recursive: true, force: true });
  const inside = (path: string): string => join(scratch, path);
  try {
    await Promise.all(
      ['state/lists/partial', 'cache/archives/partial', 'packages', 'unpacked'].map((folder) =>
        mkdir(inside(folder), { recursive: true }),
      ),
    );
    const settings = [
      `Dir::State=${inside('state')}`,
      'Dir::State::status=/var/lib/dpkg/status',
      `Dir::Cache=${inside('cache')}`,
      'Acquire::Languages=none',
      'Acquire::Retries=2',
      'Acquire::http::Timeout=20',
      // apt's unprivileged user cannot enter a private directory.
      'APT::Sandbox::User=',
    ].flatMap((setting) => ['-o', setting]);
    await run('apt-get', ['-q', ...settings, 'update', '--error-on=any']);
    const simulate = ['--simulate', '--no-install-recommends', 'install', ...names];
    const simulated = await run('apt-get', [...settings, ...simulate]);
    const wanted = [...simulated.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
    await run('apt-get', ['-q', ...settings, 'download', ...wanted], inside('packages'));
    for (const file of await readdir(inside('packages'))) {
      await run('dpkg-deb', ['-x', inside(`packages/${file}`), inside('unpacked')]);
    }
    await rename(inside('unpacked'), target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function run(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C' };
  const options = { env, timeoutMs: STEP_TIMEOUT_MS, ...(cwd === undefined ? {} : { cwd }) };
  const { status, stdout, stderr } = await runProgram(file, args, options);
  if (status === 0) return stdout;
  const reason = stderr.trim() === '' ? stdout : stderr;
  throw new Error(`${file} ${args.at(-1) ?? ''} failed: ${reason.trim().slice(0, 500)}`);
}
