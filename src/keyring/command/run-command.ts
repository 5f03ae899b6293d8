/**
 * One run of a program that prints a key, and may hang, fork, or print without end.
 *
 * @module
 */
import { spawn } from 'node:child_process';

export type CommandEnd =
  | { readonly output: string; readonly failure?: undefined }
  /** Words about the program, without anything that it printed. */
  | { readonly failure: string; readonly cause?: unknown };

const MOST_OUTPUT_BYTES = 4096;
const LEFT_OPEN_GRACE_MS = 250;

/**
 * Runs a program in a process group of its own, which is killed whole when the time is over, it
 * prints too much, `signal` is aborted, or it has ended and left something behind. It has our
 * environment: the programs of key services find their own settings there.
 */
export async function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CommandEnd> {
  signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let output = Buffer.alloc(0);
  let failure: string | undefined;

  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };
  const stop = (reason: string): void => {
    failure ??= reason;
    kill();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    output = Buffer.concat([output, chunk]).subarray(0, MOST_OUTPUT_BYTES + 1);
    if (output.length > MOST_OUTPUT_BYTES) stop(`printed more than ${MOST_OUTPUT_BYTES} bytes`);
  });
  child.once('error', reject);
  child.once('close', resolve);
  child.once('exit', () => {
    // A process that it left behind may hold the stream open for ever.
    setTimeout(resolve, LEFT_OPEN_GRACE_MS).unref();
  });
  const timer = setTimeout(() => stop(`did not end within ${timeoutMs} ms`), timeoutMs);
  signal.addEventListener('abort', kill, { once: true });
  try {
    await ended;
    if (failure === undefined && child.signalCode !== null)
      failure = `ended by ${child.signalCode}`;
    if (failure === undefined && child.exitCode !== 0) failure = `ended with ${child.exitCode}`;
    signal.throwIfAborted();
    return failure === undefined ? { output: output.toString('utf8') } : { failure };
  } catch (thrown) {
    signal.throwIfAborted();
    return { failure: 'cannot be started', cause: thrown };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    kill();
    child.stdout.destroy();
    output.fill(0);
  }
}
