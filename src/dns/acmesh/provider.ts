/**
 * Changes TXT records by a `dnsapi` script of acme.sh, in an environment and a folder of its own.
 *
 * @module
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { ATTEMPTS } from '../attempts.ts';
import { lastLine, redact, spellingsOf } from '../../wire/foreign-text.ts';
import type { DnsProvider, TxtRecord } from '../provider.ts';
import { type ProgramEnd, runProgram } from '../../programs/run-program.ts';
import { createTurns } from '../turns.ts';
import { BRIDGE } from './bridge.ts';
import { findInstallation } from './installation.ts';
import type { AcmeShSettings } from './metadata.ts';
import { openScratchFolder } from './scratch-folder.ts';

export interface AcmeShProviderOptions {
  /** Where the private folders of calls are made; the system's place for such without it. */
  readonly scratchDir?: string;
}

export function createAcmeShProvider(
  settings: AcmeShSettings,
  { scratchDir = tmpdir() }: AcmeShProviderOptions = {},
): DnsProvider {
  // Only the script knows the zone of a name, and two calls in one zone overwrite each other.
  const turns = createTurns();
  const change = (action: Action, record: TxtRecord, signal: AbortSignal): Promise<void> =>
    turns.take('', () => callInFolder(settings, action, record, scratchDir, signal), signal);
  return {
    addTxt: (record, signal) => change('add', record, signal),
    removeTxt: (record, signal) => change('rm', record, signal),
    close: () => turns.settled(),
  };
}

type Action = 'add' | 'rm';

async function callInFolder(
  settings: AcmeShSettings,
  action: Action,
  record: TxtRecord,
  scratchDir: string,
  signal: AbortSignal,
): Promise<void> {
  await using folder = await openScratchFolder(scratchDir);
  await call(settings, action, record, folder.path, signal);
}

async function call(
  { home, script, environment, timeoutMs }: AcmeShSettings,
  action: Action,
  { name, value }: TxtRecord,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const installation = await findInstallation(home, script);
  const [program, ...args] = installation.interpreter;
  const called = `${script}_${action}`;
  const end = await runProgram(
    {
      program,
      args: [
        ...args,
        '-c',
        BRIDGE,
        'certctl',
        installation.entry,
        installation.script,
        called,
        name,
        value,
      ],
      environment: { ...USUAL_ENVIRONMENT, ...environment, ...foldersIn(folder) },
      workingDirectory: folder,
      leavesNothing: true,
      timeoutMs,
    },
    signal,
  );
  if (end.status === 0) return;
  const output = redact(end.output, spellingsOf([value, ...Object.values(environment)]));
  throw failure({ action, name, called, timeoutMs, end, output });
}

interface FailedCall {
  readonly action: Action;
  readonly name: string;
  readonly called: string;
  readonly timeoutMs: number;
  readonly end: ProgramEnd;
  readonly output: string;
}

function failure({ action, name, called, timeoutMs, end, output }: FailedCall): AppError {
  const attempt = action === 'add' ? ATTEMPTS.create(name) : ATTEMPTS.delete(name);
  const says = end.timedOut ? `did not end within ${timeoutMs} ms` : lastLine(output);
  const code = faultOf(end, output);
  return new AppError(code, `${attempt}: ${called} ${says ?? 'failed without a word'}`, {
    mend: MENDS[code] ?? 'Check the variables of the credential against what the script wants.',
    context: { script: called, status: end.status, output },
  });
}

/** Scripts have one status for all faults; only this sentence is the same in nearly all of them. */
function faultOf(end: ProgramEnd, output: string): ErrorCode {
  if (end.timedOut) return 'dns/unavailable';
  return /invalid domain/i.test(output) ? 'dns/zone-not-found' : 'dns/rejected';
}

/** Everything that acme.sh and its scripts keep goes there, and is gone with the folder. */
function foldersIn(folder: string): Record<string, string> {
  return {
    HOME: folder,
    TMPDIR: folder,
    LE_WORKING_DIR: folder,
    LE_CONFIG_HOME: folder,
    CERT_HOME: folder,
    ACCOUNT_CONF_PATH: join(folder, 'account.conf'),
    DOMAIN_CONF: join(folder, 'domain.conf'),
    HTTP_HEADER: join(folder, 'http.header'),
  };
}

/** Nothing of our own environment: it may hold secrets that are none of the script's business. */
const USUAL_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  NO_TIMESTAMP: '1',
  ACME_NO_COLOR: '1',
  USER_AGENT: 'certctl',
};

const MENDS: Partial<Record<ErrorCode, string>> = {
  'dns/zone-not-found': 'Give a credential whose account has the zone of the name.',
  'dns/unavailable': 'Check that the script can be run by acme.sh itself, or give it more time.',
};
