/**
 * What there is to say about the FIPS provider of this machine, and nothing more.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { type WireError, toWire } from '../core/error-wire.ts';
import { toAppError } from '../core/errors.ts';
import { composeInstalled } from '../fips/install.ts';
import { type FipsModule, findModule } from '../fips/module.ts';
import type { FipsAbilities } from '../fips/prove.ts';
import type { FipsSettings } from '../fips/settings.ts';
import { tryConfig } from '../fips/try-config.ts';
import { type Validation, findValidation } from '../fips/validations.ts';
import { type Finding, failure, ok, warning } from '../lifecycle/preflight/finding.ts';

export interface FipsReport {
  /** The configuration asks for FIPS mode. */
  readonly isRequired: boolean;
  /** Absent when none was found. */
  readonly provider?: Omit<FipsModule, 'mac'>;
  /** A process was started with the provider and proved FIPS mode; it has these. */
  readonly abilities?: FipsAbilities;
  /** Of the version, as far as this certctl knows. */
  readonly validation: Validation | null;
  /** Why FIPS mode cannot be had. */
  readonly error?: WireError;
}

/** @param modulesDirectory `$OPENSSL_MODULES`, for a configuration that does not ask for the mode */
export async function reportFips(config: Config, modulesDirectory?: string): Promise<FipsReport> {
  const isRequired = config.fips !== undefined;
  const settings = config.fips ?? (modulesDirectory === undefined ? {} : { modulesDirectory });
  let provider: Omit<FipsModule, 'mac'> | undefined;
  let validation: Validation | null = null;
  try {
    const module = await findModule(settings);
    const { mac: _mac, ...shown } = module;
    provider = shown;
    validation = findValidation(module.version) ?? null;
    const abilities = await tryModule(settings, module, config.dataDir);
    return { isRequired, provider, abilities, validation };
  } catch (thrown) {
    const error = toWire(toAppError(thrown));
    return { isRequired, ...(provider === undefined ? {} : { provider }), validation, error };
  }
}

/** Leaves the data directory as it is. */
async function tryModule(
  settings: FipsSettings,
  module: FipsModule,
  dataDir: string,
): Promise<FipsAbilities> {
  const text = await composeInstalled(settings, module, dataDir);
  const directory = await mkdtemp(join(tmpdir(), 'certctl-fips-'));
  try {
    const path = join(directory, 'openssl.cnf');
    await writeFile(path, text, { mode: 0o600 });
    return await tryConfig(path, module.path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same for people, as `certctl doctor` says things. */
export function fipsFindings(report: FipsReport): Finding[] {
  const { provider, abilities, isRequired } = report;
  const subject = provider?.path ?? 'provider';
  const findings: Finding[] = [];
  if (abilities === undefined) {
    const { message = 'cannot be used', mend, causes = [] } = report.error ?? {};
    const said = [message, ...causes].join(': ');
    findings.push(failure('fips', 'configuration', subject, said, mend));
  } else {
    const proof = 'is loaded: MD5 is refused, the self-tests of SHA-256 and ECDSA pass';
    findings.push(ok('fips', subject, `${titleOf(provider)} ${proof}`));
    findings.push(masterSecret(subject, abilities), keyExchange(subject, abilities));
  }
  if (provider !== undefined) findings.push(validationOf(subject, provider, report.validation));
  if (!isRequired) {
    const mend = 'Write tls: { fips: true } into the configuration to run with the provider.';
    findings.push(warning('fips', 'tls.fips', 'is off: certctl uses no FIPS provider', mend));
  }
  return findings;
}

function titleOf(provider: FipsReport['provider']): string {
  const { name = 'a provider without a name', version = 'of unknown version' } = provider ?? {};
  return `${name} ${version}`;
}

function masterSecret(subject: string, { demandsExtendedMasterSecret }: FipsAbilities): Finding {
  return demandsExtendedMasterSecret
    ? ok('fips', subject, 'TLS 1.2 is refused without the extended master secret')
    : warning(
        'fips',
        subject,
        'cannot demand the extended master secret, so TLS 1.2 cannot be served',
        'Write tls: { minVersion: "1.3" }, or use a provider of OpenSSL 3.1 or newer.',
      );
}

function keyExchange(subject: string, { hasMlKem }: FipsAbilities): Finding {
  const groups = hasMlKem ? 'X25519MLKEM768, P-256 and P-384' : 'P-256 and P-384, no ML-KEM';
  return ok('fips', subject, `key exchange by ${groups}`);
}

function validationOf(
  subject: string,
  { version = 'without a version' }: Omit<FipsModule, 'mac'>,
  validation: Validation | null,
): Finding {
  if (validation === null) {
    return warning(
      'fips',
      subject,
      `this certctl knows no CMVP certificate for version ${version}`,
      'Where a validated module is demanded, ask its vendor for the certificate.',
    );
  }
  const { standard, certificates, remark } = validation;
  return ok(
    'fips',
    subject,
    `version ${version}: ${standard}, CMVP ${certificates.join(' and ')}; this ${remark}. ` +
      'Whether this file is such a build, and run as its security policy demands, is not known here',
  );
}
