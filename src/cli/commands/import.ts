/**
 * `certctl import --cert --key`
 *
 * @module
 */
import type { Command } from 'commander';
import { namesText } from '../names-text.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';

interface ImportOptions extends CommonOptions {
  readonly cert: string;
  readonly key: string;
}

const MOST_BYTES = 256 * 1024;

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .summary('take over a certificate from elsewhere')
    .description('Stores a chain with its key, to be served. It is watched, and never renewed.')
    .requiredOption('--cert <file>', 'PEM file with the chain, leaf first')
    .requiredOption('--key <file>', 'PEM file with the private key');
  withCommonOptions(command).action(({ cert, key, ...options }: ImportOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const { readTextFile } = await import('../../config/read-text-file.ts');
      const body = {
        chainPem: readTextFile(cert, MOST_BYTES),
        privateKeyPem: readTextFile(key, MOST_BYTES),
      };
      const view = await (await operations()).importCertificate(body, output.progress, signal);
      output.result(
        view,
        `imported ${namesText(view.names)}, valid until ${view.current?.notAfter ?? '?'}`,
      );
      return undefined;
    }),
  );
}
