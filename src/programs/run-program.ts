/**
 * One call of a program that may hang, fork, or print without end.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly workingDirectory?: string;
  /** What it reads from its standard input; nothing when absent. */
  readonly input?: string;
  /** Kills what the program left running when it ended. */
  readonly leavesNothing?: boolean;
}

export interface ProgramEnd {
  /** `undefined` when a signal ended it. */
  readonly status: number | undefined;
  readonly endedBySignal: NodeJS.Signals | undefined;
  readonly timedOut: boolean;
  /** The end of what it printed on both streams. */
  readonly output: string;
}

/**
 * Runs a program in a process group of its own, which is killed whole when the time is over or
 * `signal` is aborted. Rejects with the system's error when it cannot be started.
 */
export async function runProgram(call: ProgramCall, signal: AbortSignal): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const child = spawn(call.program, call.args, {
    env: { ...call.environment },
    cwd: call.workingDirectory ?? '/',
    detached: true,
    stdio: [call.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // A program may end without reading it: that is its right.
  child.stdin?.on('error', () => {});
  child.stdin?.end(call.input);
  const output = collectOutput(child);
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  child.once('error', reject);
  child.once('close', resolve);
  child.once('exit', () => {
    // A process that it left behind may hold the streams open for ever.
    setTimeout(resolve, LEFT_OPEN_GRACE_MS).unref();
  });

  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, call.timeoutMs);
  const abort = (): void => killGroup(child);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await ended;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    if (call.leavesNothing === true) killGroup(child);
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
  signal.throwIfAborted();
  return {
    status: child.exitCode ?? undefined,
    endedBySignal: child.signalCode ?? undefined,
    timedOut,
    output: output(),
  };
}

function collectOutput(child: ChildProcess): () => string {
  let kept = Buffer.alloc(0);
  let cut = false;
  const keep = (chunk: Buffer): void => {
    const all = Buffer.concat([kept, chunk]);
    cut ||= all.length > MOST_OUTPUT_BYTES;
    kept = all.subarray(-MOST_OUTPUT_BYTES);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => {
    const text = kept.toString('utf8');
    // A line without its beginning may hold half of a secret, which nobody would recognise.
    return cut ? text.slice(text.indexOf('\n') + 1 || text.length) : text;
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

const MOST_OUTPUT_BYTES = 8 * 1024;
const LEFT_OPEN_GRACE_MS = 250;
