/**
 * The demo's use of the certctl command, as a person would use it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'certctl.js');

/** Runs a command to its end and returns what it printed. */
export async function certctl(folder: string, args: readonly string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    [PROGRAM, ...args, '--config', join(folder, 'certctl.yaml'), '--quiet'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await closed) as [number | null];
  if (status === 0) return stdout;
  throw new Error(`certctl ${args.join(' ')} ended with ${status}:\n${stderr}`);
}

export interface Serve {
  /** Rejects when the daemon ends before it is stopped. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

/** Starts the daemon and waits until it takes commands. */
export async function startServe(folder: string, signal: AbortSignal): Promise<Serve> {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'serve', '--config', join(folder, 'certctl.yaml')],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-4_000);
  });
  const exit = once(child, 'exit');
  const ended = exit.then((): never => {
    throw new Error(`certctl serve ended:\n${errors}`);
  });
  const failed = new AbortController();
  ended.catch(() => failed.abort());
  await Promise.race([ready(folder, AbortSignal.any([signal, failed.signal])), ended]);
  return {
    ended,
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

async function ready(folder: string, signal: AbortSignal): Promise<void> {
  const { connect } = await import('node:net');
  const { setTimeout: sleep } = await import('node:timers/promises');
  for (;;) {
    const socket = connect(join(folder, 'data', 'certctl.sock'));
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
    await sleep(50, undefined, { signal });
  }
}
