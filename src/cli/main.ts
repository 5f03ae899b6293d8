/**
 * The command line.
 *
 * @module
 */
import { Command, CommanderError } from 'commander';
import { AppError } from '../core/errors.ts';
import { readVersion } from '../main/version.ts';
import { addAccount } from './commands/account.ts';
import { addAudit } from './commands/audit.ts';
import { addBackup } from './commands/backup.ts';
import { addCa } from './commands/ca.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDns } from './commands/dns.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addIssue } from './commands/issue.ts';
import { addKeyring } from './commands/keyring.ts';
import { addList } from './commands/list.ts';
import { addRemove } from './commands/remove.ts';
import { addRenew } from './commands/renew.ts';
import { addRestore } from './commands/restore.ts';
import { addRevoke } from './commands/revoke.ts';
import { addServe } from './commands/serve.ts';
import { addShow } from './commands/show.ts';
import { addStatus } from './commands/status.ts';
import { addToken } from './commands/token.ts';
import { exitCodeOf } from './exit-code.ts';

/** In the order in which `certctl --help` shows them. */
const COMMANDS = [
  addInit,
  addConfig,
  addIssue,
  addList,
  addShow,
  addRenew,
  addRevoke,
  addRemove,
  addDeploy,
  addExport,
  addImport,
  addAccount,
  addDns,
  addCa,
  addToken,
  addAudit,
  addKeyring,
  addBackup,
  addRestore,
  addServe,
  addStatus,
  addEvents,
  addExplain,
  addDoctor,
  addCompletion,
];

const USAGE = exitCodeOf(new AppError('usage/invalid', 'usage'));

export async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    process.exitCode = thrown.exitCode === 0 ? 0 : USAGE;
  }
}

export function createProgram(): Command {
  const program = new Command('certctl')
    .description('Obtains, renews, stores and serves TLS certificates.')
    .version(readVersion(), '-V, --version')
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text, write) =>
        write(`certctl: ${text}  mend: see \`certctl --help\`, or --help of the command\n`),
    })
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
}
