/**
 * `certctl export NAME`
 *
 * @module
 */
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import type { ExportedCertificate } from '../../lifecycle/transfer.ts';
import { type CommonOptions, runAction, withCommonOptions } from '../session.ts';
import { keyOption, type KeyOptions } from '../key-option.ts';
import { writeOutputFile } from '../write-output-file.ts';

const FORMATS = ['pem', 'p12', 'jks'] as const;

interface ExportOptions extends CommonOptions, KeyOptions {
  readonly out?: string;
  readonly withKey?: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly passphraseFile?: string;
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
    .option('--with-key', 'the private key as well, PKCS #8')
    .addOption(
      new Option('--format <format>', 'p12 and jks are files with chain and key (0600) at --out')
        .choices(FORMATS)
        .default('pem'),
    )
    .option('--passphrase-file <file>', 'its first line protects a p12 or jks file');
  withCommonOptions(command).action((name: string, { out, ...options }: ExportOptions) =>
    runAction(options, async ({ operations, output, signal }) => {
      const passphrase = await passphraseFor(options, out);
      const withKey = options.withKey === true || passphrase !== undefined;
      const exported = await (
        await operations()
      ).exportCertificate(
        { name, keyAlgorithm: options.keyType, withKey },
        output.progress,
        signal,
      );
      const { chainPem, privateKeyPem } = exported;
      if (passphrase !== undefined && out !== undefined) {
        await writeOutputFile(out, await encode(options, exported, passphrase), PRIVATE_FILE);
        output.result({ names: exported.names, written: [out] }, `wrote ${out}`);
        return undefined;
      }
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

/** Of a key store; nothing for PEM. @throws `usage/invalid` for options that do not go together. */
async function passphraseFor(
  { format, passphraseFile }: ExportOptions,
  out: string | undefined,
): Promise<string | undefined> {
  if (format === 'pem') {
    if (passphraseFile === undefined) return undefined;
    throw new AppError('usage/invalid', '--passphrase-file is for p12 and jks files', {
      mend: 'Add --format p12, or leave it out.',
    });
  }
  if (passphraseFile === undefined || out === undefined) {
    throw new AppError('usage/invalid', `--format ${format} needs --passphrase-file and --out`, {
      mend: 'Name a file with the passphrase, and the file to be written.',
    });
  }
  const { readTextFile } = await import('../../config/read-text-file.ts');
  return readTextFile(passphraseFile, LONGEST_PASSPHRASE).split(/\r?\n/, 1)[0] ?? '';
}

const LONGEST_PASSPHRASE = 4_096;

async function encode(
  { format }: ExportOptions,
  { names: [alias = 'certificate'], chainPem, privateKeyPem = '' }: ExportedCertificate,
  passphrase: string,
): Promise<Uint8Array> {
  const entry = { privateKeyPem, chainPem, alias, passphrase };
  if (format === 'jks') return (await import('../../pki/jks.ts')).encodeJks(entry);
  return (await import('../../pki/pkcs12.ts')).encodePkcs12(entry);
}
