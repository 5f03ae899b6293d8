/**
 * Makes `node_modules` fit package-lock.json; silent when it already does.
 *
 * Runs before the scripts that need dependencies, on whatever Node the machine has (16 or newer),
 * hence plain JavaScript without dependencies.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LEAST_NODE = 24;
const LONGEST_INSTALL_MS = 10 * 60_000;
/** How long a lock may lie there without the number of its owner. */
const LONGEST_OWNERLESS_MS = 5_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.certctl-lock');
const lock = join(root, '.cache', 'install.lock');
const ownerFile = join(lock, 'pid');

class InstallError extends Error {}

try {
  if (!isInstalled()) installAlone();
  checkNode();
} catch (thrown) {
  if (!(thrown instanceof InstallError)) throw thrown;
  say(thrown.message);
  process.exitCode = 1;
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint();
}

/** What must not change for the installed modules to stay right. */
function fingerprint() {
  const hash = createHash('sha256');
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return `${hash.digest('hex')} ${process.platform} ${process.arch} ${libc()}\n`;
}

/** Native packages differ between C libraries: a tree copied from Alpine to Debian is of no use. */
function libc() {
  if (process.platform !== 'linux') return '-';
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

function installAlone() {
  takeLock();
  try {
    // Another process may have installed while this one waited.
    if (!isInstalled()) install();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function install() {
  say('installing the dependencies of package-lock.json…');
  const begin = Date.now();
  // Not `npm ci`: it fails where a registry lacks the packages that are for other platforms only.
  // No package of ours needs its install scripts: native code comes prebuilt inside the packages.
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, ...prefix] = npm();
  const result = spawnSync(command, [...prefix, 'install', ...options], {
    cwd: root,
    // npm's own output belongs beside ours; stdout is the calling script's.
    stdio: ['ignore', 2, 2],
    timeout: LONGEST_INSTALL_MS,
    shell: process.platform === 'win32' && prefix.length === 0,
  });
  if (result.error?.code === 'ENOENT') {
    throw new InstallError('npm is not on PATH. Install Node 24 or newer together with npm.');
  }
  if (result.error?.code === 'ETIMEDOUT') {
    throw new InstallError(
      'npm install did not end within 10 minutes. Check that this machine reaches its npm registry.',
    );
  }
  if (result.error !== undefined) {
    throw new InstallError(`npm install could not run: ${result.error.message}`);
  }
  if (result.status !== 0) {
    throw new InstallError(
      `npm install failed (${result.signal ?? `exit status ${result.status}`}). Mend what it reports above and run the command again.`,
    );
  }
  writeFileSync(stampFile, fingerprint());
  say(`dependencies installed in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
}

/** The npm that runs this script, when one does: it need not be on PATH. */
function npm() {
  const path = process.env.npm_execpath;
  const isNpm = path !== undefined && /npm-cli\.[cm]?js$/.test(path) && existsSync(path);
  return isNpm ? [process.execPath, path] : ['npm'];
}

function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  const giveUpAt = Date.now() + LONGEST_INSTALL_MS;
  let hasSaid = false;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(ownerFile, String(process.pid));
      return;
    } catch (thrown) {
      if (thrown.code !== 'EEXIST' && thrown.code !== 'ENOENT') throw thrown;
    }
    if (lockIsAbandoned()) {
      // Its owner died in the middle: npm would take half-written packages for whole ones.
      rmSync(modules, { recursive: true, force: true });
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (Date.now() > giveUpAt) {
      throw new InstallError(`another installation does not end. Remove ${lock} if none runs.`);
    }
    if (!hasSaid) say('waiting for an installation that already runs…');
    hasSaid = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function lockIsAbandoned() {
  try {
    const owner = Number(readFileSync(ownerFile, 'utf8'));
    if (owner > 0) return !isRunning(owner);
    return Date.now() - statSync(lock).mtimeMs > LONGEST_OWNERLESS_MS;
  } catch (thrown) {
    if (thrown.code !== 'ENOENT') throw thrown;
    return existsSync(lock) && Date.now() - statSync(lock).mtimeMs > LONGEST_OWNERLESS_MS;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown.code === 'EPERM';
  }
}

/** npm scripts put `node_modules/.bin` first: the pinned Node where there is one for this machine. */
function checkNode() {
  const bin = join(modules, '.bin');
  const path = process.env.PATH ?? '';
  const outside = path.split(delimiter).filter((folder) => folder !== bin);
  if (nodeMajor([bin, ...outside]) >= LEAST_NODE) return;

  const pinned = join(bin, 'node');
  if (existsSync(pinned) && nodeMajor(outside) >= LEAST_NODE) {
    // The pinned Node is built for glibc; where it cannot start, the machine's own has to lead.
    rmSync(pinned);
    return;
  }
  const version = outside.length === 0 ? 0 : nodeMajor(outside);
  throw new InstallError(
    `Node ${LEAST_NODE} or newer is needed, and ${version === 0 ? 'none starts here' : `this machine has Node ${version}`}. Install Node ${LEAST_NODE} for ${process.platform} ${process.arch} and run the command again.`,
  );
}

/** The major version of the first `node` in `folders`; 0 when none starts. */
function nodeMajor(folders) {
  const env = { ...process.env, PATH: folders.join(delimiter) };
  const { stdout } = spawnSync('node', ['--version'], { env, encoding: 'utf8', timeout: 20_000 });
  return Number(/^v(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}

function say(line) {
  process.stderr.write(`certctl: ${line}\n`);
}
