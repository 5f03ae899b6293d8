/**
 * Child processes: run to the end, or started and stopped with their scope.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

const USUAL_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 5_000;
const STREAMS_GRACE_MS = 500;

export interface ProgramOptions {
  /** Replaces the whole environment; without it the child has ours. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export interface RunOptions extends ProgramOptions {
  readonly input?: string;
  /** After this time the child is killed and the result has `status: null`. */
  readonly timeoutMs?: number;
}

export interface ProgramResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order in which they arrived. */
  readonly output: string;
  readonly exited: Promise<ProgramResult>;
  /** The first line that matches, past or future; fails with the output when none comes. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
  /** Runs `task` before the program is stopped. */
  beforeStop(task: () => Promise<unknown>): void;
  /** SIGTERM, then SIGKILL for a child that does not end. */
  stop(): Promise<ProgramResult>;
}

/** Runs a program to its end. Fails only when it cannot be started. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProgramResult> {
  const running = await startProgram(file, args, options, options.input ?? '');
  const timer = setTimeout(() => running.kill('SIGKILL'), options.timeoutMs ?? USUAL_TIMEOUT_MS);
  try {
    return await running.exited;
  } finally {
    clearTimeout(timer);
  }
}

export async function startProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
  input = '',
): Promise<RunningProgram> {
  const begin = performance.now();
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const streams = { stdout: '', stderr: '', output: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      streams[name] += text;
      streams.output += text;
      for (const listener of listeners) listener();
    });
  }
  // A child that ends without reading its input is no failure of ours.
  child.stdin.on('error', () => {});
  child.stdin.end(input);

  const pid = await started(child, file);
  const exited = new Promise<ProgramResult>((resolve) => {
    const finish = (status: number | null, signal: NodeJS.Signals | null): void => {
      const { stdout, stderr } = streams;
      resolve({ status, signal, stdout, stderr, ms: performance.now() - begin });
      for (const listener of listeners) listener();
    };
    child.once('close', finish);
    // Processes that outlive the child can keep its streams open.
    child.once('exit', (status, signal) => setTimeout(finish, STREAMS_GRACE_MS, status, signal));
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = (signal: NodeJS.Signals = 'SIGTERM'): void => {
    if (!hasEnded()) child.kill(signal);
  };
  const beforeStop: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<ProgramResult> => {
    for (const task of beforeStop.splice(0)) await task();
    kill('SIGTERM');
    const grace = setTimeout(() => kill('SIGKILL'), STOP_GRACE_MS);
    try {
      return await exited;
    } finally {
      clearTimeout(grace);
    }
  };

  return {
    pid,
    exited,
    get stdout() {
      return streams.stdout;
    },
    get stderr() {
      return streams.stderr;
    },
    get output() {
      return streams.output;
    },
    kill,
    beforeStop: (task) => beforeStop.push(task),
    stop,
    waitForLine: async (pattern, timeoutMs = 10_000) => {
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      const look = (): void => {
        const line = streams.output.split('\n').find((text) => pattern.test(text));
        if (line !== undefined) resolve(line);
        else if (hasEnded()) resolve(undefined);
      };
      listeners.add(look);
      look();
      const timeout = new AbortController();
      const line = await Promise.race([
        promise,
        wait(timeoutMs, undefined, { signal: timeout.signal, ref: false }),
      ]);
      timeout.abort();
      listeners.delete(look);
      if (line !== undefined) return line;
      const why = hasEnded() ? 'ended' : `ran ${timeoutMs} ms`;
      throw new Error(`${file} ${why} without a line like ${pattern}:\n${streams.output}`);
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

function started(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${file} cannot be started`, { cause })));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}
