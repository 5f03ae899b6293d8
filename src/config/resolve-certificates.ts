/**
 * The certificates of a configuration, with the defaults applied and their means checked.
 *
 * @module
 */
import {
  type CertificateSpec,
  type ChallengeType,
  type KeyType,
  keyAlgorithmOf,
} from '../core/certificate-spec.ts';
import { methodsFor, needsCredential } from '../challenges/methods.ts';
import {
  type Name,
  displayName,
  isAddress,
  isWildcard,
  nameSet,
  sameNames,
} from '../core/names.ts';
import type { CertificateDefaults } from './config.ts';
import type { Supplied } from '../lifecycle/supplied-csr.ts';
import type { FileConfig } from './file-schema.ts';
import type { ConfigPath } from './problem.ts';
import { type ResolveContext, checkReference, resolveName } from './resolve-context.ts';

type FileCertificate = NonNullable<FileConfig['certificates']>[number];

const USUAL_ISSUERS = ['letsencrypt'] as const;
const USUAL_CHALLENGES = ['tls-alpn-01', 'http-01'] as const satisfies readonly ChallengeType[];
const USUAL_KEY_TYPES = ['ec256'] as const;

export function resolveDefaults(
  given: FileConfig['defaults'],
  /** Of delegated names, the usual one where several are described. */
  delegated: string | undefined,
  context: ResolveContext,
): CertificateDefaults {
  const issuers = listOf(given?.issuer) ?? USUAL_ISSUERS;
  const challenges = listOf(given?.challenge) ?? USUAL_CHALLENGES;
  checkIssuers(given?.issuer, ['defaults', 'issuer'], context);
  if (given?.dns !== undefined) {
    checkReference('DNS credential', given.dns, ['defaults', 'dns'], context);
  }
  const [only, ...more] = context.credentialNames;
  const dns = given?.dns ?? (more.length === 0 ? only : delegated);
  const wanting = challenges.find(needsCredential);
  if (wanting !== undefined && dns === undefined) {
    context.report(['defaults', 'challenge'], ...missingCredential(wanting, context));
  }
  return {
    issuers,
    challenges,
    keyTypes: keyTypesOf(given?.keyType, ['defaults'], context) ?? USUAL_KEY_TYPES,
    ...(dns === undefined ? {} : { dns }),
    ...(given?.profile === undefined ? {} : { profile: given.profile }),
    ...(given?.preferredChain === undefined ? {} : { preferredChain: given.preferredChain }),
    ...(given?.reuseKey === true ? { reuseKey: true } : {}),
  };
}

interface CertificateSources {
  readonly defaults: CertificateDefaults;
  /** Signing requests by the index of their certificate. */
  readonly requests: ReadonlyMap<number, Supplied>;
}

export function resolveCertificates(
  certificates: FileConfig['certificates'],
  { defaults, requests }: CertificateSources,
  context: ResolveContext,
): CertificateSpec[] {
  const places = new Map<string, number>();
  return (certificates ?? []).flatMap((certificate, index) => {
    const path = ['certificates', index];
    const { keyTypes, ...spec } = suppliedOr(
      resolveCertificate(certificate, path, defaults, context),
      requests.get(index),
      { given: certificate, path },
      context,
    );
    const algorithms = keyTypes.map(keyAlgorithmOf);
    const twin = algorithms
      .map((algorithm) => places.get(`${algorithm} ${spec.names.join()}`))
      .find((place) => place !== undefined);
    if (twin !== undefined && spec.names.length > 0) {
      const shown = spec.names.map(displayName).join(', ');
      context.report(
        [...path, 'names'],
        `certificates[${twin}] has the same names: ${shown}`,
        'Remove one of them, or write one with keyType: [ec256, rsa2048] for a pair.',
      );
    }
    for (const algorithm of algorithms) places.set(`${algorithm} ${spec.names.join()}`, index);
    return keyTypes.map((keyType) => ({ ...spec, keyType }));
  });
}

type PairSpec = Omit<CertificateSpec, 'keyType'> & Pick<CertificateDefaults, 'keyTypes'>;

/** `spec` for the key of the signing request, where there is one. */
function suppliedOr(
  spec: PairSpec,
  supplied: Supplied | undefined,
  { given, path }: { readonly given: FileCertificate; readonly path: ConfigPath },
  context: ResolveContext,
): PairSpec {
  if (given.csr === undefined) return spec;
  for (const key of ['keyType', 'reuseKey'] as const) {
    if (given[key] === undefined) continue;
    const mend = `Remove ${key}, or remove csr.`;
    context.report([...path, key], 'is not used: the key of a signing request is elsewhere', mend);
  }
  if (supplied === undefined) return spec;
  const shown = supplied.names.map(displayName).join(', ');
  if (given.names !== undefined && !sameNames(spec.names, supplied.names)) {
    context.report(
      [...path, 'names'],
      `are not those of the signing request: ${shown}`,
      'Leave them out, or give a request for exactly these.',
    );
  }
  if (spec.issuers.some((issuer) => context.issuerTypes.get(issuer) === 'acme')) {
    for (const name of supplied.names) checkProof(name, spec.challenges, [...path, 'csr'], context);
  }
  const { reuseKey: _ours, ...rest } = spec;
  return { ...rest, names: supplied.names, keyTypes: [supplied.keyType], csr: supplied.csr };
}

function resolveCertificate(
  given: FileCertificate,
  path: ConfigPath,
  defaults: CertificateDefaults,
  context: ResolveContext,
): PairSpec {
  checkIssuers(given.issuer, [...path, 'issuer'], context);
  if (given.dns !== undefined) {
    checkReference('DNS credential', given.dns, [...path, 'dns'], context);
  }
  const issuers = listOf(given.issuer) ?? defaults.issuers;
  const challenges = listOf(given.challenge) ?? defaults.challenges;
  const dns = given.dns ?? defaults.dns;
  const wanting = challenges.find(needsCredential);
  const usesDns = wanting !== undefined;
  if (usesDns && dns === undefined && given.challenge !== undefined) {
    context.report([...path, 'challenge'], ...missingCredential(wanting, context));
  }
  if (!usesDns && given.dns !== undefined) {
    context.report(
      [...path, 'dns'],
      'is not used: neither dns-01 nor dns-account-01 is among the challenges',
      'Add challenge: dns-01 beside it, or remove it.',
    );
  }

  if (given.names === undefined && given.csr === undefined) {
    context.report([...path, 'names'], 'is required: a list');
  }
  const names = (given.names ?? []).flatMap((text, index) => {
    const place = [...path, 'names', index];
    const name = resolveName(text, place, context);
    if (name === undefined) return [];
    // An internal issuer asks for no proof.
    if (issuers.some((issuer) => context.issuerTypes.get(issuer) === 'acme')) {
      checkProof(name, challenges, place, context);
    }
    return [name];
  });
  const profile = given.profile ?? defaults.profile;
  const preferredChain = given.preferredChain ?? defaults.preferredChain;
  return {
    names: nameSet(names),
    keyTypes: keyTypesOf(given.keyType, path, context) ?? defaults.keyTypes,
    issuers,
    challenges,
    // Otherwise a change of the default credential would look like a change of the certificate.
    ...(usesDns && dns !== undefined ? { dns } : {}),
    ...(profile === undefined ? {} : { profile }),
    ...(preferredChain === undefined ? {} : { preferredChain }),
    ...((given.reuseKey ?? defaults.reuseKey) === true ? { reuseKey: true } : {}),
  };
}

/** RFC 8555 §7.1.3 leaves wildcards to DNS, RFC 8738 §7 keeps addresses from it. */
function checkProof(
  name: Name,
  challenges: readonly ChallengeType[],
  path: ConfigPath,
  context: ResolveContext,
): void {
  if (methodsFor(name, challenges).length > 0) return;
  if (isWildcard(name)) {
    context.report(
      path,
      `${displayName(name)} is a wildcard, which only a challenge by DNS can prove`,
      'Add challenge: dns-01 to the certificate, and a DNS credential.',
    );
  }
  if (isAddress(name)) {
    context.report(
      path,
      `${name} is an IP address, which ${challenges.join(' or ')} cannot prove`,
      'Add http-01 or tls-alpn-01 to the challenges.',
    );
  }
}

function checkIssuers(
  given: string | readonly string[] | undefined,
  path: ConfigPath,
  context: ResolveContext,
): void {
  for (const [index, name] of (listOf(given) ?? []).entries()) {
    checkReference('issuer', name, [...path, index], context);
  }
}

/** EC before RSA, in whatever order they are written. */
function keyTypesOf(
  given: KeyType | readonly KeyType[] | undefined,
  path: ConfigPath,
  context: ResolveContext,
): readonly KeyType[] | undefined {
  const types = listOf(given);
  for (const [index, type] of (types ?? []).entries()) {
    const isSame = (other: KeyType): boolean => keyAlgorithmOf(other) === keyAlgorithmOf(type);
    const twin = types?.slice(0, index).find(isSame);
    if (twin === undefined) continue;
    context.report(
      [...path, 'keyType', index],
      `${type} beside ${twin} makes no pair`,
      'Write one EC and one RSA type, e.g. [ec256, rsa2048].',
    );
  }
  return types?.toSorted();
}

function missingCredential(
  type: ChallengeType,
  context: ResolveContext,
): [message: string, mend: string] {
  return context.credentialNames.size === 0
    ? [`${type} needs a DNS credential, and the file has none`, 'Add one below the key dns.']
    : [
        `${type} needs a DNS credential, and none is named`,
        `Add dns: with one of ${[...context.credentialNames].join(', ')}.`,
      ];
}

function listOf<Entry extends string>(
  given: Entry | readonly Entry[] | undefined,
): readonly Entry[] | undefined {
  if (given === undefined) return undefined;
  return typeof given === 'string' ? [given] : [...new Set(given)];
}
