/**
 * Fetches one package of a Debian distribution without touching the system's own.
 *
 * @module
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './program.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const STEP_TIMEOUT_MS = 180_000;

export interface DebianPackage {
  readonly name: string;
  /** `sid` is the unstable one. */
  readonly suite: 'sid' | 'trixie';
}

/**
 * Unpacks the package so that its files lie in `target`, which appears whole or not at all; `scratch` is
 * emptied first and gone afterwards.
 *
 * @returns why it is not possible here, or `undefined` after success.
 */
export async function unpackDebianPackage(
  wanted: DebianPackage,
  target: string,
  scratch: string,
): Promise<string | undefined> {
  const archives = await findArchives();
  if (typeof archives === 'string') return archives;
  let failure = 'apt knows no Debian archive';
  for (const archive of archives) {
    try {
      await download(wanted, archive, scratch);
      await rename(join(scratch, 'unpacked'), target);
      return undefined;
    } catch (thrown) {
      failure = thrown instanceof Error ? thrown.message : String(thrown);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  return failure;
}

/** The Debian archives from which this machine gets its packages. */
async function findArchives(): Promise<string[] | string> {
  let listed: string;
  try {
    await run('dpkg-deb', ['--version']);
    listed = await run('apt-get', ['update', '--print-uris']);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  const found = listed.matchAll(/^'(\S+\/debian)\/dists\/[a-z]+\/InRelease'/gm);
  return [...new Set([...found].map((match) => match[1] ?? ''))];
}

async function download(
  { name, suite }: DebianPackage,
  archive: string,
  scratch: string,
): Promise<void> {
  await rm(scratch, { recursive: true, force: true });
  const inside = (path: string): string => join(scratch, path);
  await mkdir(inside('state/lists/partial'), { recursive: true });
  await mkdir(inside('cache/archives/partial'), { recursive: true });
  await mkdir(inside('package'));
  await writeFile(inside('status'), '');
  await writeFile(inside('sources.list'), `deb [signed-by=${KEYRING}] ${archive} ${suite} main\n`);
  const options = {
    'Dir::Etc::sourcelist': inside('sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State': inside('state'),
    'Dir::State::status': inside('status'),
    'Dir::Cache': inside('cache'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
    // apt's unprivileged user cannot enter a private directory.
    'APT::Sandbox::User': '',
  };
  const settings = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await run('apt-get', ['-q', ...settings, 'update', '--error-on=any']);
  await run('apt-get', ['-q', ...settings, 'download', name], inside('package'));
  const [file] = await readdir(inside('package'));
  if (file === undefined) throw new Error(`apt-get downloaded no package ${name}`);
  await run('dpkg-deb', ['-x', inside(`package/${file}`), inside('unpacked')]);
}

async function run(file: string, args: readonly string[], cwd?: string): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C' };
  const options = { env, timeoutMs: STEP_TIMEOUT_MS, ...(cwd === undefined ? {} : { cwd }) };
  const { status, stdout, stderr } = await runProgram(file, args, options);
  if (status === 0) return stdout;
  const reason = stderr.trim() === '' ? stdout : stderr;
  throw new Error(`${file} ${args.at(-1) ?? ''} failed: ${reason.trim().slice(0, 500)}`);
}
