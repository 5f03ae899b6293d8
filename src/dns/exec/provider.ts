/**
 * Changes TXT records by a program of the operator's own: `program add|remove NAME VALUE`.
 *
 * The program exits with 0 when the value is there, or gone. Other statuses are taken as sysexits.h
 * means them, so that it can say who has to act; see `FAULTS`.
 *
 * @module
 */
import { AppError, type ErrorCode, systemCode } from '../../core/errors.ts';
import { lastLine, redact } from '../../wire/foreign-text.ts';
import type { DnsProvider, TxtRecord } from '../provider.ts';
import { type ProgramEnd, runProgram } from '../../programs/run-program.ts';
import { createTurns } from '../turns.ts';
import type { ExecSettings } from './metadata.ts';

type Action = 'add' | 'remove';

export function createExecProvider(settings: ExecSettings): DnsProvider {
  // One call at a time: such programs keep state in files and overwrite each other's records.
  const turns = createTurns();
  const change = (action: Action, record: TxtRecord, signal: AbortSignal): Promise<void> =>
    turns.take('', () => call(settings, action, record, signal), signal);
  return {
    addTxt: (record, signal) => change('add', record, signal),
    removeTxt: (record, signal) => change('remove', record, signal),
    close: () => turns.settled(),
  };
}

async function call(
  { program, timeoutMs, environment }: ExecSettings,
  action: Action,
  { name, value }: TxtRecord,
  signal: AbortSignal,
): Promise<void> {
  const attempt = `${program} ${action} ${name}`;
  let end: ProgramEnd;
  try {
    end = await runProgram(
      {
        program,
        args: [action, name, value],
        environment: { ...USUAL_ENVIRONMENT, ...environment },
        timeoutMs,
      },
      signal,
    );
  } catch (thrown) {
    signal.throwIfAborted();
    throw cannotStart(program, thrown);
  }
  if (end.status === 0) return;
  const output = redact(end.output, [value, ...secretsOf(environment)]);
  const said = lastLine(output);
  throw new AppError(
    faultOf(end),
    `${attempt} ${howItEnded(end, timeoutMs)}${said === undefined ? '' : `: ${said}`}`,
    {
      mend: 'Run the program by hand with the same arguments and mend what it reports.',
      context: { program, action, name, status: end.status, output },
    },
  );
}

function faultOf(end: ProgramEnd): ErrorCode {
  if (end.timedOut) return 'dns/unavailable';
  return FAULTS.get(end.status) ?? 'dns/rejected';
}

function howItEnded(end: ProgramEnd, timeoutMs: number): string {
  if (end.timedOut) return `did not end within ${timeoutMs} ms`;
  if (end.endedBySignal !== undefined) return `was ended by ${end.endedBySignal}`;
  return `failed with status ${end.status}`;
}

function cannotStart(program: string, cause: unknown): AppError {
  return new AppError('dns/unavailable', `cannot start ${program}`, {
    mend: START_MENDS[systemCode(cause) ?? ''] ?? 'Check that the program can be run by hand.',
    context: { program },
    cause,
  });
}

function secretsOf(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    Object.hasOwn(USUAL_ENVIRONMENT, name) ? [] : [value],
  );
}

/** Nothing of our own environment: it may hold secrets that are none of the program's business. */
const USUAL_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  HOME: '/nonexistent',
};

const FAULTS: ReadonlyMap<number | undefined, ErrorCode> = new Map([
  /* EX_NOHOST */ [68, 'dns/zone-not-found'],
  /* EX_UNAVAILABLE */ [69, 'dns/unavailable'],
  /* EX_TEMPFAIL */ [75, 'dns/rate-limited'],
  /* EX_NOPERM */ [77, 'dns/unauthorized'],
]);

const START_MENDS: Readonly<Record<string, string>> = {
  ENOENT: 'Give the path of a program that exists, and whose interpreter (#!) exists.',
  EACCES: 'Make the program executable for the user that runs certctl.',
  ENOEXEC: 'Begin the program with a line that names its interpreter, such as #!/bin/sh.',
};
