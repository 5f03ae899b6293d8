/**
 * How a supervisor comes by workers: it starts one, or finds those that an earlier control process
 * left behind.
 *
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { findFromWorker } from './messages.ts';
import { socketChannel } from './socket-channel.ts';
import { spawnWorker, type WorkerProgram } from './spawn-worker.ts';
import { LONGEST_FROM_WORKER, workerOfSocket, workerSocketPath } from './worker-options.ts';
import { type Ready, type WorkerParts, WorkerProcess, workerFailed } from './worker-process.ts';

/** @throws `worker/failed` when it does not come up, `listener/unavailable` for a path too long. */
export async function openWorker(program: WorkerProgram): Promise<WorkerProcess> {
  const { start, sharesSockets } = program;
  checkLength(start.socketDir);
  const child = spawnWorker(program);
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
    // It asks for sockets over its channel, when it may.
    if (sharesSockets) child.channel?.unref();
    else child.disconnect();
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

const LARGEST_PID = 4_194_304;
/** `sun_path` of macOS, the shorter one. */
const LONGEST_PATH = 103;
const OTHERS_PERMISSIONS = 0o077;
const START_MS = 30_000;
const MEET_MS = 5_000;
const EXIT_GRACE_MS = 1_000;
