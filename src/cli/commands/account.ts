/**
 * `certctl account show | register | rollover | deactivate`
 *
 * @module
 */
import type { Command } from 'commander';
import type { AccountView, Operations } from '../../api/operations.ts';
import { AppError } from '../../core/errors.ts';
import { type CommonOptions, type Session, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

interface AccountOptions extends CommonOptions {
  readonly issuer?: string;
}

interface DeactivateOptions extends CommonOptions {
  readonly issuer: string;
  readonly yes?: boolean;
}

const DEFAULT_ISSUER = 'whose account (default: the first default issuer)';

export function addAccount(program: Command): void {
  const account = program.command('account').description('The account at an ACME CA.');
  const plain: readonly [string, keyof Operations & `${string}Account`, string][] = [
    ['show', 'showAccount', 'Shows the account: its URL, contact and key, and what the CA says.'],
    ['register', 'registerAccount', 'Registers an account now, or after one was deactivated.'],
    [
      'rollover',
      'rollOverAccount',
      'Gives the account a new key. Its URL stays, and certificates and orders with it. An\n' +
        'interrupted rollover is finished by the same command, or by the next order.',
    ],
  ];
  for (const [name, operation, description] of plain) {
    const command = account
      .command(name)
      .description(description)
      .option('--issuer <name>', DEFAULT_ISSUER);
    withCommonOptions(command).action(({ issuer, ...options }: AccountOptions) =>
      runAction(options, (session) => run(session, operation, issuer)),
    );
  }
  const deactivate = account
    .command('deactivate')
    .description(
      'Ends the account for ever: the CA takes no more orders and revocations from it.\n' +
        'Certificates stay valid; orders that are under way are lost.',
    )
    .requiredOption('--issuer <name>', 'whose account')
    .option('--yes', 'do it: nobody can undo it');
  withCommonOptions(deactivate).action(({ issuer, yes, ...options }: DeactivateOptions) =>
    runAction(options, async (session) => {
      if (yes === true) return run(session, 'deactivateAccount', issuer);
      throw new AppError('usage/invalid', 'a deactivated account cannot be used again', {
        mend: 'Add --yes to deactivate it.',
      });
    }),
  );
}

async function run(
  { operations, output, signal }: Session,
  operation: keyof Operations & `${string}Account`,
  issuer: string | undefined,
): Promise<undefined> {
  const work: Operations['showAccount'] = (await operations())[operation];
  const view = await work({ issuer }, output.progress, signal);
  output.result(view, describe(view, output.style));
  return undefined;
}

function describe(view: AccountView, style: Style): string {
  const rows: [string, string | undefined][] = [
    ['issuer', view.issuer],
    ['directory', view.directoryUrl],
    ['account', view.url],
    ['status', view.status === 'none' ? 'none: nothing was registered yet' : view.status],
    ['problem', view.problem],
    ['contact', view.contact.join(', ') || undefined],
    ['key type', view.keyType],
    ['thumbprint', view.thumbprint],
    ['rollover', view.isKeyChangeUnfinished ? 'unfinished: `certctl account rollover`' : undefined],
  ];
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return renderTable(shown.map(([label, value]) => [style.bold(label), value]));
}
