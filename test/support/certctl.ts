/**
 * The command line program as its users run it: a process of its own.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import {
  type ProgramResult,
  type RunningProgram,
  type RunOptions,
  runProgram,
  startProgram,
} from './program.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/certctl.js', import.meta.url));

export interface CertctlOptions extends RunOptions {
  /** Added to an environment without `CERTCTL_…` variables and without colours. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs `certctl` with these arguments to its end. */
export function runCertctl(
  args: readonly string[],
  options: CertctlOptions = {},
): Promise<ProgramResult> {
  return runProgram(process.execPath, [PROGRAM, ...args], withEnvironment(options));
}

/** Starts a `certctl` that is to stay, such as `serve`; it ends with the scope. */
export function startCertctl(
  args: readonly string[],
  options: CertctlOptions = {},
): Promise<RunningProgram> {
  return startProgram(process.execPath, [PROGRAM, ...args], withEnvironment(options));
}

/** The whole command, for programs that start others. */
export function certctlCommand(args: readonly string[]): [string, ...string[]] {
  return [process.execPath, PROGRAM, ...args];
}

function withEnvironment(options: CertctlOptions): RunOptions {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CERTCTL_'));
  return { ...options, env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...options.env } };
}
