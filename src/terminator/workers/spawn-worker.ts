/**
 * The process of a worker, with the sockets that it has from its start or can ask for.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { WorkerStart } from './worker-options.ts';

export interface WorkerProgram {
  readonly entry: string | URL;
  readonly execArgv: readonly string[];
  /** The names of this process's environment variables, none of which the worker gets. */
  readonly ownVariables: readonly string[];
  /** Whether this process makes the listening sockets, one for all of its workers. */
  readonly sharesSockets: boolean;
  readonly start: WorkerStart;
}

/** A process that says one thing over its channel: that it listens for control processes. */
export function spawnWorker(program: WorkerProgram): ChildProcess {
  const { entry, start } = program;
  const passed = start.inherited.map(({ descriptor }) => descriptor);
  const inherited = start.inherited.map((one, index) => ({
    ...one,
    descriptor: FIRST_PASSED + index,
  }));
  const args = [JSON.stringify({ ...start, inherited })];
  const settings = {
    serialization: 'json' as const,
    execArgv: [...WORKER_FLAGS, ...program.execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...passed] as const,
  };
  if (!program.sharesSockets) {
    return fork(entry, args, { ...settings, stdio: [...settings.stdio], env: ENVIRONMENT });
  }
  // The sockets are ours to hold and the workers' to accept on: each takes what it can. It may ask us
  // for any address, also after it has become somebody else; that is the price of such a system.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const exec = entry instanceof URL ? fileURLToPath(entry) : entry;
  cluster.setupPrimary({ ...settings, stdio: [...settings.stdio], exec, args });
  // What is not taken away comes along.
  const none = Object.fromEntries(program.ownVariables.map((name) => [name, undefined]));
  return cluster.fork({ ...none, ...ENVIRONMENT }).process;
}

/**
 * There is a worker for each processor, so helpers of the garbage collector would only take time
 * from other workers, and they take more of it in all.
 */
const WORKER_FLAGS = [
  '--single-threaded-gc',
  // For memory that bulk data was read into.
  '--expose-gc',
  // Grows to three times as many megabytes under load, and never shrinks while that lasts.
  '--max-semi-space-size=8',
];
/**
 * All that a worker has of an environment. One heap of glibc for all threads: what a busy hour took
 * can be used again by whoever comes next.
 */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '1' };
/** After stdin, stdout, stderr and the channel. */
const FIRST_PASSED = 4;
