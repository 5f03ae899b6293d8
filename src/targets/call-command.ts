/**
 * Commands of the operator's that belong to a delivery: bounded, in a clean environment.
 *
 * @module
 */
import { AppError, systemCode } from '../core/errors.ts';
import { type ProgramEnd, runProgram } from '../programs/run-program.ts';
import { redact } from '../wire/foreign-text.ts';
import { decisiveLine } from './decisive-line.ts';

export interface CommandCall {
  /** The program and its arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** Beside PATH, LANG and HOME. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Hidden in what it prints. */
  readonly secrets?: readonly string[];
}

/** @throws `target/failed` when it ends with another status than 0, `target/unavailable`. */
export async function callCommand(call: CommandCall, signal: AbortSignal): Promise<void> {
  const { command, timeoutMs, environment, input, secrets = [] } = call;
  const [program = '', ...args] = command;
  let end: ProgramEnd;
  try {
    end = await runProgram(
      {
        program,
        args,
        environment: { ...USUAL_ENVIRONMENT, ...environment },
        timeoutMs,
        ...(input === undefined ? {} : { input }),
      },
      signal,
    );
  } catch (thrown) {
    signal.throwIfAborted();
    throw new AppError('target/unavailable', `cannot start ${program}`, {
      mend: START_MENDS[systemCode(thrown) ?? ''] ?? 'Check that the program can be run by hand.',
      context: { program },
      cause: thrown,
    });
  }
  if (end.status === 0 && !end.timedOut) return;
  const output = redact(end.output, secrets);
  const said = decisiveLine(output);
  throw new AppError(
    end.timedOut || end.status === TEMPORARY ? 'target/unavailable' : 'target/failed',
    `${command.join(' ')} ${howItEnded(end, timeoutMs)}${said === undefined ? '' : `: ${said}`}`,
    {
      mend: 'Run the command by hand and mend what it reports.',
      context: { program, status: end.status, output },
    },
  );
}

/** EX_TEMPFAIL of sysexits.h. */
const TEMPORARY = 75;

function howItEnded(end: ProgramEnd, timeoutMs: number): string {
  if (end.timedOut) return `did not end within ${timeoutMs} ms`;
  if (end.endedBySignal !== undefined) return `was ended by ${end.endedBySignal}`;
  return `failed with status ${end.status}`;
}

/** Nothing of our own environment: it may hold secrets that are none of the command's business. */
const USUAL_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  HOME: '/nonexistent',
};

const START_MENDS: Readonly<Record<string, string>> = {
  ENOENT: 'Give the path of a program that exists, and whose interpreter (#!) exists.',
  EACCES: 'Make the program executable for the user that runs certctl.',
  ENOEXEC: 'Begin the program with a line that names its interpreter, such as #!/bin/sh.',
};
