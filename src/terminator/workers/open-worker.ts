/**
 * How a supervisor comes by workers: it starts one, or finds those that an earlier control process
 * left behind.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { findFromWorker } from './messages.ts';
import { socketChannel } from './socket-channel.ts';
import {
  LONGEST_FROM_WORKER,
  workerOfSocket,
  workerSocketPath,
  type WorkerStart,
} from './worker-options.ts';
import { type Ready, type WorkerParts, WorkerProcess, workerFailed } from './worker-process.ts';

export interface WorkerProgram {
  readonly entry: string | URL;
  readonly execArgv: readonly string[];
  /** All that the worker gets of the environment, besides what every worker has. */
  readonly environment: NodeJS.ProcessEnv;
  readonly start: WorkerStart;
}

/** @throws `worker/failed` when it does not come up, `listener/unavailable` for a path too long. */
export async function openWorker({
  entry,
  execArgv,
  environment,
  start,
}: WorkerProgram): Promise<WorkerProcess> {
  checkLength(start.socketDir);
  const passed = start.inherited.map(({ descriptor }) => descriptor);
  const inherited = start.inherited.map((one, index) => ({
    ...one,
    descriptor: FIRST_PASSED + index,
  }));
  const child = fork(entry, [JSON.stringify({ ...start, inherited })], {
    serialization: 'json',
    execArgv: [...WORKER_FLAGS, ...execArgv],
    env: { ...WORKER_ENVIRONMENT, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...passed],
  });
  const { promise: ended, resolve: setEnded } = Promise.withResolvers<void>();
  child.once('exit', () => setEnded());
  // A child that cannot be started has no exit; one that cannot be killed has ended already.
  child.on('error', () => {
    if (child.pid === undefined) setEnded();
  });
  try {
    await listening(child, ended);
    const pid = child.pid ?? 0;
    const path = workerSocketPath(start.socketDir, pid);
    const met = await meet(path, () => child.kill('SIGKILL'));
    child.disconnect();
    // A worker may outlive us: what waits for its end has a timer of its own.
    child.unref();
    // Without an exit soon after, another control process has taken it over.
    met.channel.onClose(() => setTimeout(setEnded, EXIT_GRACE_MS));
    return new WorkerProcess({ pid, ...met, ended: ended.then(() => removeDead(path)) });
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
}

/** Every worker that lives, of any version. Takes away the sockets of those that do not. */
export async function findWorkers(directory: string): Promise<WorkerProcess[]> {
  const files = await readdir(directory).catch(() => []);
  const found = await Promise.all(files.map((file) => findWorker(directory, file)));
  return found.filter((worker) => worker !== undefined);
}

async function findWorker(directory: string, file: string): Promise<WorkerProcess | undefined> {
  const pid = workerOfSocket(file);
  const path = join(directory, file);
  if (pid === undefined || !(await isOurs(path))) return undefined;
  try {
    const met = await meet(path, () => killProcess(pid));
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    met.channel.onClose(resolve);
    return new WorkerProcess({ pid, ...met, ended: ended.then(() => removeDead(path)) });
  } catch {
    await rm(path, { force: true });
    return undefined;
  }
}

/** Leaves the socket of a worker that has only changed its control process: it still answers. */
async function removeDead(path: string): Promise<void> {
  try {
    const { channel } = await meet(path, () => {});
    channel.close();
  } catch {
    await rm(path, { force: true });
  }
}

/** What somebody else has put there is no worker of ours. */
async function isOurs(path: string): Promise<boolean> {
  const file = await lstat(path).catch(() => undefined);
  return (
    file?.isSocket() === true &&
    file.uid === process.geteuid?.() &&
    (file.mode & OTHERS_PERMISSIONS) === 0
  );
}

type Met = Pick<WorkerParts, 'channel' | 'ready' | 'kill'>;

/** @throws when nobody is there, or speaks otherwise */
async function meet(path: string, kill: () => void): Promise<Met> {
  const channel = socketChannel(connect(path), {
    longestLine: LONGEST_FROM_WORKER,
    // What speaks otherwise than our program is no longer our program.
    onViolation: kill,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Ready>();
  const timer = setTimeout(() => reject(workerFailed('did not answer')), MEET_MS);
  const stops = [
    channel.onClose(() => reject(workerFailed('does not answer at its socket'))),
    channel.onMessage((received) => {
      const message = findFromWorker(received);
      if (message?.kind === 'ready') resolve(message);
      else reject(workerFailed('does not say who it is'));
    }),
  ];
  try {
    const ready = await promise;
    let isOpen = true;
    channel.onClose(() => (isOpen = false));
    // While the connection is open the process lives, and is ours to end.
    return { channel, ready, kill: () => isOpen && kill() };
  } catch (thrown) {
    channel.close();
    throw thrown;
  } finally {
    clearTimeout(timer);
    for (const stop of stops) stop();
  }
}

async function listening(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const timeout = AbortSignal.timeout(START_MS);
  await Promise.race([
    once(child, 'message', { signal: timeout }).catch(() => {
      throw workerFailed('did not come up in time');
    }),
    ended.then(() => {
      throw workerFailed('ended while it was started');
    }),
  ]);
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

function checkLength(directory: string): void {
  const path = `${workerSocketPath(directory, LARGEST_PID)}.warm`;
  if (Buffer.byteLength(path) <= LONGEST_PATH) return;
  throw new AppError('listener/unavailable', `cannot listen on ${path}`, {
    mend: 'Choose a data directory with a shorter path: a socket path has about 100 octets at most.',
  });
}

/**
 * There is a worker for each processor, so helpers of the garbage collector would only take time
 * from other workers, and they take more of it in all.
 */
const WORKER_FLAGS = [
  '--single-threaded-gc',
  // Grows to three times as many megabytes under load, and never shrinks while that lasts.
  '--max-semi-space-size=8',
];
/** One heap of glibc for all threads: what a busy hour took can be used again by whoever comes next. */
const WORKER_ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };
/** After stdin, stdout, stderr and the channel. */
const FIRST_PASSED = 4;
const LARGEST_PID = 4_194_304;
/** `sun_path` of macOS, the shorter one. */
const LONGEST_PATH = 103;
const OTHERS_PERMISSIONS = 0o077;
const START_MS = 30_000;
const MEET_MS = 5_000;
const EXIT_GRACE_MS = 1_000;
