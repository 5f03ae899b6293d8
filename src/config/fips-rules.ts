/**
 * What a configuration may say in FIPS mode, and what becomes of defaults that say more. Pure.
 *
 * @module
 */
import { isApprovedMacKey } from '../acme/external-account.ts';
import type { TlsPolicy } from '../feed/feed.ts';
import type { DnsCredentialSettings, DnsProviderName } from './dns-providers.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

/** The keys of one block in the file, as far as they stand there. */
export interface GivenTls {
  readonly minVersion?: string | undefined;
  readonly maxVersion?: string | undefined;
  readonly ciphers?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  /** Of an endpoint: whether it wants the mode of the process. */
  readonly fips?: unknown;
}

type Approvable = Pick<TlsPolicy, 'ciphers' | 'groups'>;
type Reporting = Pick<ResolveContext, 'isFips' | 'report'>;

/** AES-GCM with ephemeral keys on a curve: the suites of NIST SP 800-52 that certctl offers. */
const CIPHERS: ReadonlySet<string> = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
]);

/** In lower case: OpenSSL does not distinguish cases. Hybrids count by their ML-KEM part (FIPS 203). */
const GROUPS: ReadonlySet<string> = new Set([
  'prime256v1',
  'secp256r1',
  'p-256',
  'secp384r1',
  'p-384',
  'x25519mlkem768',
  'secp256r1mlkem768',
  'secp384r1mlkem1024',
]);

const APPROVED_CIPHERS = 'AES-GCM suites with ECDHE';
const APPROVED_GROUPS = 'P-256, P-384 and their kin with ML-KEM';

/**
 * Reports what the block at `path` says itself. What it leaves to presets and defaults is
 * `approvedPart`'s business.
 */
export function checkApproved(given: GivenTls, path: ConfigPath, context: Reporting): void {
  if (!context.isFips) {
    if (given.fips === true && path.length > 1) {
      context.report(
        [...path, 'fips'],
        'needs the whole process in FIPS mode, and tls.fips is not true',
        'Write fips: true below the top-level tls, or remove this one.',
      );
    }
    return;
  }
  if (given.fips === false && path.length > 1) {
    context.report(
      [...path, 'fips'],
      'cannot be switched off here: tls.fips is true, which is for the whole process',
      'Remove it.',
    );
  }
  for (const key of ['minVersion', 'maxVersion'] as const) {
    if (given[key] === '1.1') context.report([...path, key], notApproved('1.2 and 1.3'));
  }
  checkList(given.ciphers, isApprovedCipher, APPROVED_CIPHERS, [...path, 'ciphers'], context);
  checkList(given.groups, isApprovedGroup, APPROVED_GROUPS, [...path, 'groups'], context);
}

export function checkMacKey(hmacKey: string, path: ConfigPath, context: Reporting): void {
  if (!context.isFips || isApprovedMacKey(hmacKey)) return;
  context.report(path, 'has fewer than 112 bits, too few for FIPS mode (tls.fips)');
}

/** Signatures of a key with SHA-1, which NIST SP 800-131A no longer takes for new ones. */
export function checkDnsProviders(
  credentials: Readonly<Record<string, DnsCredentialSettings>>,
  context: Reporting,
): void {
  if (!context.isFips) return;
  for (const [name, { provider }] of Object.entries(credentials)) {
    if (!SHA1_PROVIDERS.has(provider)) continue;
    context.report(
      ['dns', name, 'provider'],
      `cannot be ${provider} in FIPS mode (tls.fips): its API has requests signed with SHA-1`,
      'Delegate the challenge records to a zone at another provider: see certctl dns delegate.',
    );
  }
}

const SHA1_PROVIDERS: ReadonlySet<DnsProviderName> = new Set(['ovh']);

/** The same policy without what only presets and defaults brought in. */
export function approvedPart<Policy extends Approvable>(policy: Policy): Policy {
  return {
    ...policy,
    ciphers: policy.ciphers.filter(isApprovedCipher),
    groups: policy.groups.filter(isApprovedGroup),
  };
}

function checkList(
  given: readonly string[] | undefined,
  isApproved: (entry: string) => boolean,
  approved: string,
  path: ConfigPath,
  context: Reporting,
): void {
  for (const [index, entry] of (given ?? []).entries()) {
    const place = [...path, index];
    if (!isApproved(entry)) context.report(place, notApproved(approved));
  }
}

function notApproved(approved: string): string {
  return `is not approved in FIPS mode (tls.fips), which takes ${approved}`;
}

function isApprovedCipher(name: string): boolean {
  return CIPHERS.has(name.toUpperCase());
}

/** A question mark before a group makes it optional. */
function isApprovedGroup(name: string): boolean {
  return GROUPS.has(name.replace(/^\?/, '').toLowerCase());
}
