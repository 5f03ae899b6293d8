/**
 * `certctl remove NAME`
 *
 * @module
 */
import type { Command } from 'commander';
import { type KeyOptions, keyOption } from '../key-option.ts';
import { pairOf } from '../../core/paired.ts';
import { namesText } from '../names-text.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';

export function addRemove(program: Command): void {
  const command = program
    .command('remove')
    .summary('stop managing a certificate and delete its keys')
    .description(
      'Deletes a certificate, or both of a pair, with its keys and history. The CA is not told: see revoke.',
    )
    .argument('<name>', 'one of its names')
    .addOption(keyOption('both'));
  withCommonOptions(command).action((name: string, options: CommonOptions & KeyOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const choice = { name, keyAlgorithm: options.keyType };
      const view = await (await operations()).remove(choice, output.progress, signal);
      const keyTypes = pairOf(view).map(({ keyType }) => keyType);
      output.result(view, `removed ${namesText(view.names)} (${keyTypes.join(' and ')})`);
      return undefined;
    }),
  );
}
