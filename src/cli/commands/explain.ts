/**
 * `certctl explain HOST`
 *
 * @module
 */
import type { Command } from 'commander';
import type { Explanation } from '../../api/operations.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import type { Style } from '../style.ts';

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .summary('say what a server name gets, and why')
    .description('Says which endpoint, policy and certificate a server name gets, and why.')
    .argument('<host>', 'the server name as a client sends it');
  withCommonOptions(command).action((name: string, options: CommonOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const explanation = await (await operations()).explain({ name }, output.progress, signal);
      output.result(explanation, describe(explanation, output.style));
      return undefined;
    }),
  );
}

function describe({ name, decision, because }: Explanation, style: Style): string {
  return [`${style.bold(name)}: ${decision}`, ...because.map((step) => `  ${step}`)].join('\n');
}
