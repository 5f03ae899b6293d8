/**
 * A running `certctl serve` of one test.
 *
 * @module
 */
import { type ProgramResult, type RunningProgram, runProgram } from './program.ts';
import { runCertctl, startCertctl } from './certctl.ts';

export interface Daemon extends AsyncDisposable {
  readonly program: RunningProgram;
  /** Runs another command beside it, with the same configuration. */
  run(...args: string[]): Promise<ProgramResult>;
  /** The same, whose one JSON document is parsed. */
  json<T>(...args: string[]): Promise<T>;
}

/** Machines that test much at once are slow; this only bounds how long a failure takes. */
const READY_MS = 30_000;

/** Starts the daemon and waits until it serves. */
export async function startDaemon(configPath: string, readyMs = READY_MS): Promise<Daemon> {
  const program = await startCertctl(['serve', '--config', configPath]);
  await program.waitForLine(/"msg":"ready"/, readyMs);
  const run = (...args: string[]): Promise<ProgramResult> =>
    runCertctl([...args, '--config', configPath], { timeoutMs: 60_000 });
  return {
    program,
    run,
    async json<T>(...args: string[]) {
      const result = await run(...args, '--json');
      if (result.status !== 0) throw new Error(`certctl ${args.join(' ')}:\n${result.stderr}`);
      return JSON.parse(result.stdout) as T;
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** The processes that `pid` has started. */
export async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await runProgram('pgrep', ['-P', String(pid)]);
  return stdout.split('\n').filter(Boolean).map(Number);
}
