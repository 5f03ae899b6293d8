/**
 * `certctl export NAME`
 *
 * @module
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { keyOption, type KeyOptions } from '../key-option.ts';
import { writeOutputFile } from '../write-output-file.ts';

interface ExportOptions extends CommonOptions, KeyOptions {
  readonly out?: string;
  readonly withKey?: boolean;
}

const PUBLIC_FILE = 0o644;
const PRIVATE_FILE = 0o600;

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .summary('print or write the chain, and the key if asked')
    .description('Prints the current chain as PEM, or writes chain.pem and key.pem into a folder.')
    .argument('<name>', 'one of its names')
    .addOption(keyOption('there has to be one only'))
    .option('--out <dir>', 'write chain.pem, and key.pem (0600) with --with-key, into this folder')
    .option('--with-key', 'the private key as well, PKCS #8');
  withCommonOptions(command).action((name: string, { out, ...options }: ExportOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const withKey = options.withKey === true;
      const exported = await (
        await operations()
      ).exportCertificate(
        { name, keyAlgorithm: options.keyType, withKey },
        output.progress,
        signal,
      );
      const { chainPem, privateKeyPem } = exported;
      if (out === undefined) {
        output.result(exported, `${chainPem}${privateKeyPem ?? ''}`.trimEnd());
        return undefined;
      }
      const files = { chain: join(out, 'chain.pem'), key: join(out, 'key.pem') };
      // The key first: a server that watches the chain finds the pair complete.
      if (privateKeyPem !== undefined)
        await writeOutputFile(files.key, privateKeyPem, PRIVATE_FILE);
      await writeOutputFile(files.chain, chainPem, PUBLIC_FILE);
      const written = privateKeyPem === undefined ? [files.chain] : [files.chain, files.key];
      output.result({ names: exported.names, written }, `wrote ${written.join(' and ')}`);
      return undefined;
    }),
  );
}
