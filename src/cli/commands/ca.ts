/**
 * `certctl ca export`
 *
 * @module
 */
import type { Command } from 'commander';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { writeOutputFile } from '../write-output-file.ts';

interface CaExportOptions extends CommonOptions {
  readonly issuer: string;
  readonly out?: string;
}

const PUBLIC_FILE = 0o644;

export function addCa(program: Command): void {
  const ca = program.command('ca').description('The internal CA.');
  const command = ca
    .command('export')
    .description('Prints the root certificate of the internal CA, for clients to trust.')
    .option('--issuer <name>', 'which internal issuer', 'internal')
    .option('--out <file>', 'write it to a file instead');
  withCommonOptions(command).action(({ issuer, out, ...options }: CaExportOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const exported = await (
        await operations()
      ).exportAuthority({ issuer }, output.progress, signal);
      if (out === undefined) {
        output.result(exported, exported.rootPem.trimEnd());
        return undefined;
      }
      await writeOutputFile(out, exported.rootPem, PUBLIC_FILE);
      output.result({ written: [out] }, `wrote ${out}`);
      return undefined;
    }),
  );
}
