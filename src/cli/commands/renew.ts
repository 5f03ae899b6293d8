/**
 * `certctl renew [NAME... | --due | --all]`
 *
 * @module
 */
import type { Command } from 'commander';
import type { RenewBody } from '../../api/requests.ts';
import { fromWire } from '../../core/error-wire.ts';
import { AppError } from '../../core/errors.ts';
import type { RenewResult } from '../../lifecycle/renew.ts';
import { deploymentExit } from '../deployment-text.ts';
import { exitCodeOf } from '../exit-code.ts';
import { type KeyOptions, keyOption } from '../key-option.ts';
import { namesText } from '../names-text.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';
import { renderTable } from '../table.ts';

interface RenewOptions extends CommonOptions, KeyOptions {
  readonly due?: boolean;
  readonly all?: boolean;
}

export function addRenew(program: Command): void {
  const command = program
    .command('renew')
    .summary('renew certificates now')
    .description(
      'Renews the named certificates now, or all that are due (the default), or all of them. ' +
        'Every one is tried; the exit status is that of the first failure.',
    )
    .argument('[name...]', 'one name of each certificate')
    .addOption(keyOption('both'))
    .option('--due', 'what is due by the planner')
    .option('--all', 'everything, due or not');
  withCommonOptions(command).action((names: string[], options: RenewOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const selection = selectionOf(names, options);
      const results = await (await operations()).renew(selection, output.progress, signal);
      output.result(results, describe(results, output.style));
      const failed = results.find(({ error }) => error !== undefined)?.error;
      if (failed !== undefined) return exitCodeOf(fromWire(failed));
      return deploymentExit(results.map(({ certificate }) => certificate));
    }),
  );
}

function selectionOf(names: string[], { due, all, keyType }: RenewOptions): RenewBody {
  const ways = [names.length > 0, due === true, all === true].filter(Boolean);
  if (ways.length > 1) {
    throw new AppError('usage/invalid', 'names, --due and --all exclude each other', {
      mend: 'Use one of them.',
    });
  }
  if (names.length > 0) return { names, keyAlgorithm: keyType };
  if (keyType !== undefined) {
    throw new AppError('usage/invalid', '--key-type chooses one of a named pair', {
      mend: 'Name the certificates to renew, or leave it out.',
    });
  }
  return { every: all === true ? 'managed' : 'due' };
}

function describe(results: readonly RenewResult[], style: Style): string {
  if (results.length === 0) return 'nothing is due';
  return renderTable(
    results.map(({ names, keyType, outcome, message, certificate }) => [
      namesText(names),
      keyType,
      outcome === 'failed' ? style.red(outcome) : style.green(outcome),
      outcome === 'issued' ? `valid until ${certificate?.current?.notAfter ?? '?'}` : message,
    ]),
  );
}
