/**
 * `certctl revoke NAME`, `certctl revoke --cert --key --directory`
 *
 * @module
 */
import { type Command, Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../../core/revocation-reason.ts';
import type { RevocationRequest } from '../../lifecycle/revoke.ts';
import { type KeyOptions, keyOption } from '../key-option.ts';
import { namesText } from '../names-text.ts';
import { type CommonOptions, type Session, runAction, withCommonOptions } from '../session.ts';

interface RevokeOptions extends CommonOptions, ForeignOptions, KeyOptions {
  readonly reason: RevocationReason;
  readonly by?: 'account' | 'key';
}

interface ForeignOptions {
  readonly cert?: string;
  readonly key?: string;
  readonly directory?: string;
  readonly caBundle?: string;
}

const MOST_BYTES = 256 * 1024;

export function addRevoke(program: Command): void {
  const command = program
    .command('revoke')
    .summary('revoke what is served under a name')
    .description(
      'Revokes the current certificate at its issuer. It stays managed: the next renewal replaces ' +
        'it with a new key. To stop managing it, remove it afterwards. With --reason keyCompromise ' +
        'every certificate with the same key is revoked, and gets a new key. With --cert, --key and ' +
        '--directory it revokes a certificate from files, by its own key, without any account.',
    )
    .argument('[name]', 'one of its names')
    .addOption(keyOption('there has to be one only'))
    .addOption(
      new Option('--reason <reason>', 'RFC 5280 reason')
        .choices(Object.keys(REVOCATION_REASONS))
        .default('unspecified'),
    )
    .addOption(
      new Option(
        '--by <proof>',
        'what shows that we may (default: account, or key where it is refused)',
      ).choices(['account', 'key']),
    )
    .option('--cert <file>', 'PEM file with a certificate from elsewhere')
    .option('--key <file>', 'PEM file with its private key')
    .option('--directory <url>', 'directory of the ACME CA that issued it')
    .option('--ca-bundle <file>', 'PEM file of roots to trust for that CA');
  withCommonOptions(command).action((name: string | undefined, options: RevokeOptions) =>
    runAction(options, (session) => {
      const { cert, key, directory, caBundle, reason, by, keyType } = options;
      const isForeign = [cert, key, directory, caBundle].some((each) => each !== undefined);
      if (name === undefined) return revokeFiles(session, options);
      if (isForeign) throw ambiguous();
      return revokeName(session, { name, keyAlgorithm: keyType, reason, by });
    }),
  );
}

async function revokeName(
  { operations, output, signal }: Session,
  request: RevocationRequest,
): Promise<undefined> {
  const view = await (await operations()).revoke(request, output.progress, signal);
  const { name } = request;
  output.result(
    view,
    `revoked ${namesText(view.names)} (serial ${view.current?.serial ?? '?'}); replace it with \`certctl renew ${name}\` or forget it with \`certctl remove ${name}\``,
  );
  return undefined;
}

async function revokeFiles(
  { operations, output, signal }: Session,
  { cert, key, directory, caBundle, reason, by, keyType }: RevokeOptions,
): Promise<undefined> {
  if (
    cert === undefined ||
    key === undefined ||
    directory === undefined ||
    by === 'account' ||
    keyType
  ) {
    throw ambiguous();
  }
  const { readTextFile } = await import('../../config/read-text-file.ts');
  const { loadCaBundle } = await import('../../config/load-ca-bundle.ts');
  const { directoryUrl } = await import('../../issuers/issuer-settings.ts');
  const url = directoryUrl.safeParse(directory);
  if (!url.success) {
    throw new AppError('usage/invalid', `--directory: ${url.error.issues[0]?.message}`, {
      mend: 'Correct the option.',
    });
  }
  const body = {
    chainPem: readTextFile(cert, MOST_BYTES),
    privateKeyPem: readTextFile(key, MOST_BYTES),
    reason,
    adHocIssuer: {
      type: 'acme',
      directory: url.data,
      acceptTerms: false,
      ...(caBundle === undefined ? {} : { caBundle: loadCaBundle(caBundle) }),
    },
  } as const;
  const revoked = await (await operations()).revokeForeign(body, output.progress, signal);
  output.result(revoked, `revoked ${namesText(revoked.names)} (serial ${revoked.serial})`);
  return undefined;
}

function ambiguous(): AppError {
  return new AppError('usage/invalid', 'what to revoke is not clear', {
    mend: 'Give one name, or --cert, --key and --directory together, and no name.',
  });
}
