/**
 * `certctl issue NAME...`
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { MAC_ALGORITHMS, type MacAlgorithm } from '../../acme/external-account.ts';
import type { IssueBody } from '../../api/requests.ts';
import {
  CHALLENGE_TYPES,
  type ChallengeType,
  KEY_TYPES,
  type KeyType,
} from '../../core/certificate-spec.ts';
import { AppError } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';
import { pairOf } from '../../core/paired.ts';
import type { IssueResult } from '../../lifecycle/issue.ts';
import { deploymentExit } from '../deployment-text.ts';
import { namesText } from '../names-text.ts';
import { relativeTime } from '../time-text.ts';
import { type CommonOptions, type Session, runAction, withCommonOptions } from '../session.ts';

interface IssueOptions extends CommonOptions {
  readonly issuer?: string[];
  readonly challenge?: ChallengeType[];
  readonly dns?: string;
  readonly keyType?: KeyType[];
  readonly profile?: string;
  readonly preferredChain?: string;
  readonly reuseKey?: boolean;
  readonly csr?: string;
  readonly directory?: string;
  readonly caBundle?: string;
  readonly email?: string;
  readonly eabKeyId?: string;
  readonly eabHmacKeyFile?: string;
  readonly eabAlgorithm?: MacAlgorithm;
  readonly accountKeyType?: KeyType;
  readonly http01Port?: number;
  readonly tlsAlpn01Port?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export function addIssue(program: Command): void {
  const command = program
    .command('issue')
    .summary('obtain a certificate, store it, keep it renewed')
    .description(
      'Obtains one certificate for all names, stores it, and keeps it renewed. Does nothing when ' +
        'a valid one is there. With an EC and an RSA key type it is a pair, of which each client ' +
        'gets the one that it can verify. Using a CA means that you agree to its terms; they are shown.',
    )
    .argument('[name...]', 'hostnames, *.wildcards or IP addresses')
    .option(
      '--issuer <name>',
      'an issuer of the configuration; repeat for others to try after it',
      (name: string, before?: string[]) => [...(before ?? []), name],
    )
    .addOption(
      new Option(
        '--challenge <type>',
        'how to prove control; repeat for alternatives (dns-account-01 and dns-persist-01 are experimental)',
      )
        .choices(CHALLENGE_TYPES)
        .argParser(collectChallenge),
    )
    .option(
      '--dns <credential>',
      'a DNS credential of the configuration, for dns-01 and dns-account-01',
    )
    .addOption(
      new Option('--key-type <type>', 'type of the private key; repeat for a pair of EC and RSA')
        .choices(KEY_TYPES)
        .argParser(collectKeyType),
    )
    .option('--profile <name>', 'ACME profile')
    .option('--csr <file>', 'sign this request (PEM or DER): its key never comes here')
    .option('--reuse-key', 'renewals keep the private key')
    .option('--no-reuse-key', 'renewals get a new private key (default)')
    .option('--preferred-chain <issuer>', 'of several chains, the one with an issuer of this name')
    .option('--directory <url>', 'directory of an ACME CA that the configuration does not have')
    .option('--ca-bundle <file>', 'PEM file of roots to trust for that CA')
    .option('--email <address>', 'contact given to that CA')
    .option('--eab-key-id <id>', 'key identifier of an external account at that CA')
    .option('--eab-hmac-key-file <file>', 'file with the HMAC key of the external account')
    .addOption(
      new Option('--eab-algorithm <name>', 'how the external account signs').choices(
        MAC_ALGORITHMS,
      ),
    )
    .addOption(
      new Option('--account-key-type <type>', 'type of a new account key').choices(KEY_TYPES),
    )
    .option('--http01-port <port>', 'port of our own http-01 listener (default: 80)', parsePort)
    .option(
      '--tls-alpn01-port <port>',
      'port of our own tls-alpn-01 listener (default: 443)',
      parsePort,
    )
    .option('--force', 'issue although a valid certificate is there')
    .option('--dry-run', 'only say what would be done')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  certctl issue app.example.com\n' +
        "  certctl issue '*.apps.example.com' --challenge dns-01 --dns main\n" +
        '  certctl issue app.example.com --key-type ec256 --key-type rsa2048\n',
    );
  withCommonOptions(command).action((names: string[], options: IssueOptions) =>
    runAction(options, async (session) => {
      const body = await requestFor(names, options, session);
      const operations = await session.operations();
      const result = await operations.issue(body, session.output.progress, session.signal);
      session.output.result(result, pairOf(result).map(describe).join('\n'));
      return deploymentExit(pairOf(result).map(({ certificate }) => certificate));
    }),
  );
}

async function requestFor(
  names: readonly string[],
  options: IssueOptions,
  session: Session,
): Promise<IssueBody> {
  // Before the configuration, the CA's bundle or the data directory are touched.
  const parsedNames = names.map(parseName);
  if (parsedNames.length === 0 && options.csr === undefined) {
    throw new AppError('usage/invalid', "missing required argument 'name'", {
      mend: 'Give a name, or a signing request with --csr; see `certctl --help`.',
    });
  }
  const csr = options.csr === undefined ? undefined : await readCsrFile(options.csr);
  const adHocIssuer = await adHocIssuerOf(options, session);
  return {
    names: parsedNames,
    ...(csr === undefined ? {} : { csr }),
    wanted: {
      issuers: options.issuer,
      challenges: options.challenge,
      keyTypes: options.keyType,
      dns: options.dns,
      profile: options.profile,
      preferredChain: options.preferredChain,
      reuseKey: options.reuseKey,
      http01Port: options.http01Port,
      tlsAlpn01Port: options.tlsAlpn01Port,
    },
    ...(adHocIssuer === undefined ? {} : { adHocIssuer }),
    isForced: options.force === true,
    isDryRun: options.dryRun === true,
  };
}

async function adHocIssuerOf(
  options: IssueOptions,
  session: Session,
): Promise<IssueBody['adHocIssuer']> {
  const { directory, caBundle, email, issuer, accountKeyType } = options;
  const { externalAccountOf } = await import('../external-account.ts');
  const externalAccount = externalAccountOf(options);
  const given = [directory, caBundle, email, externalAccount, accountKeyType];
  if (given.every((value) => value === undefined)) return undefined;
  if (issuer !== undefined) {
    throw new AppError(
      'usage/invalid',
      '--issuer names an issuer that has its directory, CA bundle, e-mail address and account already',
      {
        mend: 'Leave out --issuer, or leave out --directory, --ca-bundle, --email, --eab-… and --account-key-type.',
      },
    );
  }
  const { issuerSettingsSchema } = await import('../../issuers/issuer-settings.ts');
  const parsed = issuerSettingsSchema.safeParse({
    type: 'acme',
    directory: directory ?? (await defaultDirectory(session)),
    email,
    acceptTerms: true,
    caBundle: caBundle === undefined ? undefined : await readBundle(caBundle),
    externalAccount,
    accountKeyType,
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('usage/invalid', `--${issue?.path.join('.')}: ${issue?.message}`, {
    mend: 'Correct the option.',
  });
}

async function defaultDirectory(session: Session): Promise<string> {
  const { defaults, issuers } = await session.loadConfig();
  const settings = issuers[defaults.issuers[0] ?? ''];
  if (settings?.type === 'acme') return settings.directory;
  throw new AppError('usage/invalid', 'the default issuer is not an ACME CA', {
    mend: 'Name the CA with --directory.',
  });
}

const LONGEST_CSR = 64 * 1024;

async function readCsrFile(path: string): Promise<string> {
  const { readBytes } = await import('../../config/read-text-file.ts');
  const { decodeCsrFile } = await import('../../pki/read-csr.ts');
  return Buffer.from(decodeCsrFile(readBytes(path, LONGEST_CSR))).toString('base64url');
}

async function readBundle(path: string): Promise<string> {
  const { loadCaBundle } = await import('../../config/load-ca-bundle.ts');
  return loadCaBundle(path);
}

function describe(
  { outcome, message, certificate }: IssueResult,
  _: number,
  pair: readonly unknown[],
): string {
  const key = pair.length === 1 ? '' : ` (${certificate.keyType})`;
  const names = `${namesText(certificate.names)}${key}`;
  const { current } = certificate;
  if (outcome === 'planned') return `would issue a certificate for ${names}: ${message}`;
  if (current === undefined) return `${names}: ${message}`;
  const expiry = `valid until ${current.notAfter} (${relativeTime(current.notAfter, new Date())})`;
  if (outcome === 'unchanged') return `nothing to do: ${names} is ${expiry}; ${message}`;
  return `issued ${names} by ${current.issuer}, ${expiry}; ${certificate.next.message}`;
}

function collectChallenge(value: string, before: ChallengeType[] | undefined): ChallengeType[] {
  const type = CHALLENGE_TYPES.find((known) => known === value);
  if (type === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${CHALLENGE_TYPES.join(', ')}.`);
  }
  return [...(before ?? []), type];
}

function collectKeyType(value: string, before: KeyType[] | undefined): KeyType[] {
  const type = KEY_TYPES.find((known) => known === value);
  if (type === undefined) {
    throw new InvalidArgumentError(
      `Allowed choices are ${KEY_TYPES.join(', ')}; repeat the option for a pair.`,
    );
  }
  return [...(before ?? []), type];
}

const HIGHEST_PORT = 65_535;

function parsePort(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= HIGHEST_PORT) return port;
  throw new InvalidArgumentError('It must be a port, 1 to 65535.');
}
