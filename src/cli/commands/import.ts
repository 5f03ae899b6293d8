/**
 * `certctl import --cert --key`, and `certctl import --from PROGRAM [DIR]`
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { LIVE_PROGRAMS, type LiveProgram } from '../../config/live-folders.ts';
import { CHALLENGE_TYPES, type ChallengeType } from '../../core/certificate-spec.ts';
import { AppError } from '../../core/errors.ts';
import { importFrom } from '../import-from.ts';
import { namesText } from '../names-text.ts';
import { type CommonOptions, type Session, runAction, withCommonOptions } from '../session.ts';

interface ImportOptions extends CommonOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly from?: LiveProgram;
  readonly issuer?: string;
  readonly challenge?: ChallengeType;
  readonly dns?: string;
  readonly dryRun?: boolean;
}

const MOST_BYTES = 256 * 1024;

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .summary('take over certificates from elsewhere')
    .description(
      'Stores a chain with its key, to be served; it is watched, and never renewed. With --from, ' +
        'stores all certificates of another program, and renews them when they are due, by the ' +
        'defaults of the configuration or by --issuer, --challenge and --dns.',
    )
    .argument('[dir]', 'folder of that program (default: where it usually is)')
    .option('--cert <file>', 'PEM file with the chain, leaf first')
    .option('--key <file>', 'PEM file with the private key')
    .addOption(new Option('--from <program>', 'take over from it').choices(LIVE_PROGRAMS))
    .option('--issuer <name>', 'with --from: who renews')
    .addOption(
      new Option('--challenge <type>', 'with --from: how control is proven').choices(
        CHALLENGE_TYPES,
      ),
    )
    .option('--dns <credential>', 'with --from: DNS credential of the configuration')
    .option('--dry-run', 'with --from: only list what is there')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  certctl import --cert chain.pem --key key.pem\n' +
        '  certctl import --from certbot --dry-run\n' +
        '  certctl import --from caddy /var/lib/caddy/.local/share/caddy\n',
    );
  withCommonOptions(command).action((directory: string | undefined, options: ImportOptions) =>
    runAction(options, (session) => {
      const { from } = options;
      if (from === undefined) return importFiles(session, directory, options);
      if (options.cert !== undefined || options.key !== undefined) {
        throw wrongUse('--from finds chains and keys itself', 'Leave out --cert and --key.');
      }
      const { issuer, challenge, dns, dryRun } = options;
      return importFrom(session, {
        program: from,
        directory,
        isDryRun: dryRun === true,
        renewal: {
          ...(issuer === undefined ? {} : { issuers: [issuer] }),
          ...(challenge === undefined ? {} : { challenges: [challenge] }),
          ...(dns === undefined ? {} : { dns }),
        },
      });
    }),
  );
}

async function importFiles(
  { operations, output, signal }: Session,
  directory: string | undefined,
  { cert, key, issuer, challenge, dns, dryRun }: ImportOptions,
): Promise<undefined> {
  if (cert === undefined || key === undefined) {
    throw wrongUse('nothing is named to be imported', 'Give --cert and --key, or --from.');
  }
  if ([directory, issuer, challenge, dns, dryRun].some((given) => given !== undefined)) {
    throw wrongUse(
      'a folder, --issuer, --challenge, --dns and --dry-run belong to --from',
      'Leave them out, or give --from instead of --cert and --key.',
    );
  }
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
}

function wrongUse(message: string, mend: string): AppError {
  return new AppError('usage/invalid', message, { mend });
}
