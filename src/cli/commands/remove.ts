/**
 * `certctl remove NAME`
 *
 * @module
 */
import type { Command } from 'commander';
import { namesText } from '../names-text.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';

export function addRemove(program: Command): void {
  const command = program
    .command('remove')
    .summary('stop managing a certificate and delete its keys')
    .description('Deletes a certificate with its keys and history. The CA is not told: see revoke.')
    .argument('<name>', 'one of its names');
  withCommonOptions(command).action((name: string, options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const view = await (await operations()).remove({ name }, output.progress, signal);
      output.result(view, `removed ${namesText(view.names)}`);
      return undefined;
    }),
  );
}
