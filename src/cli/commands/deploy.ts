/**
 * `certctl deploy NAME [--target TARGET]`
 *
 * @module
 */
import type { Command } from 'commander';
import { fromWire } from '../../core/error-wire.ts';
import { AppError } from '../../core/errors.ts';
import { exitCodeOf } from '../exit-code.ts';
import { type KeyOptions, keyOption } from '../key-option.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { renderTable } from '../table.ts';

interface DeployOptions extends CommonOptions, KeyOptions {
  readonly target?: string;
}

export function addDeploy(program: Command): void {
  const command = program
    .command('deploy')
    .summary('bring a certificate to its targets now')
    .description(
      'Brings the current certificate to its targets, whether they have it or not. Every one is ' +
        'tried; the exit status is that of the first failure.',
    )
    .argument('<name>', 'one of its names')
    .addOption(keyOption('both'))
    .option('--target <name>', 'this one only, also when it is none of its targets');
  withCommonOptions(command).action((name: string, options: DeployOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const attempts = await (
        await operations()
      ).deploy(
        { name, keyAlgorithm: options.keyType, target: options.target },
        () => undefined,
        signal,
      );
      if (attempts.length === 0) {
        throw new AppError('usage/invalid', `${name} has no targets`, {
          mend: 'Name one with --target, or add targets: to the certificate.',
        });
      }
      const { style } = output;
      const rows = attempts.map(({ target, outcome, message, error }) => [
        target,
        outcome === 'failed' ? style.red(outcome) : style.green(outcome),
        error?.mend === undefined ? message : `${message}. ${error.mend}`,
      ]);
      output.result(attempts, renderTable(rows));
      const failed = attempts.find(({ error }) => error !== undefined)?.error;
      return failed === undefined ? undefined : exitCodeOf(fromWire(failed));
    }),
  );
}
