/**
 * From the options of a program to a configuration, by the checks that a file passes.
 *
 * @module
 */
import type { Config } from '../config/config.ts';
import { readEnvironment } from '../config/environment.ts';
import { nearestWord } from '../core/nearest-word.ts';
import type { Problem } from '../config/problem.ts';
import { readConfigValue } from '../config/read-config-value.ts';
import type { CertificateSpec } from '../core/certificate-spec.ts';
import type { IssueRequest } from '../lifecycle/issue.ts';
import type { CertificateWish, ManagerOptions, TerminatorOptions } from './options.ts';

export interface ReadOptions {
  readonly config: Config;
  /** The ACME CA that the options describe by themselves, by the name it goes by. */
  readonly ownIssuer: string | undefined;
  /** What to keep managed, one a certificate or pair. */
  readonly wanted: readonly Wanted[];
}

export type Wanted = Pick<IssueRequest, 'names' | 'wanted'>;

/** What the options' own CA is called until it is known who it is. */
const OWN = 'issuer';
const PREDEFINED = 'letsencrypt';

const MANAGER_OPTIONS = {
  dataDir: true,
  certificates: true,
  issuer: true,
  challenge: true,
  keyType: true,
  challengePorts: true,
  logger: true,
  dns: true,
  events: true,
  issuers: true,
  keyring: true,
  notify: true,
  preflight: true,
  profile: true,
  renewal: true,
  targets: true,
  watch: true,
} as const satisfies Record<keyof ManagerOptions, true>;

const TERMINATOR_OPTIONS = {
  listeners: true,
  endpoints: true,
  tls: true,
  limits: true,
  accessLog: true,
} as const satisfies Record<keyof TerminatorOptions, true>;

/** @throws `config/invalid` with every problem. */
export async function readOptions(
  options: ManagerOptions,
  terminator: TerminatorOptions = { listeners: [] },
): Promise<ReadOptions> {
  const { certificates = [], issuer, challenge, keyType, profile, ...rest } = options;
  const { challengePorts, logger: _ours, issuers, ...same } = rest;
  const isOwn = isAcmeOptions(issuer);
  const label = isOwn && issuer.directory === undefined ? PREDEFINED : OWN;
  const value = {
    ...same,
    ...terminator,
    issuers: { ...issuers, ...(isOwn ? { [label]: { ...issuer, type: 'acme' } } : {}) },
    defaults: { issuer: isOwn ? label : issuer, challenge, keyType, profile },
    certificates: certificates.map(certificateOf),
  };
  const environment = readEnvironment();
  const problems = [
    ...unknownIn(options, MANAGER_OPTIONS),
    ...unknownIn(terminator, TERMINATOR_OPTIONS),
  ];
  for (const { path } of problems) Reflect.deleteProperty(value, path);
  const read = await readConfigValue({ value, environment, shown: 'the options', problems });
  const settings = isOwn ? read.issuers[label] : undefined;
  const ownIssuer =
    settings?.type === 'acme' && label === OWN ? new URL(settings.directory).host : undefined;
  const config = ownIssuer === undefined ? read : withIssuer(read, OWN, ownIssuer);
  return { config, ownIssuer, wanted: wantedBy(config.certificates, challengePorts) };
}

/** What a file may say besides is no option. */
function unknownIn(options: object, known: Readonly<Record<string, true>>): Problem[] {
  const names = Object.keys(known);
  return Object.keys(options)
    .filter((key) => !Object.hasOwn(known, key))
    .map((key) => {
      const nearest = nearestWord(key, names);
      const hint = nearest === undefined ? `there are ${names.join(', ')}` : `is ${nearest} meant?`;
      return { line: 0, column: 0, path: key, message: `is no option; ${hint}` };
    });
}

function isAcmeOptions(
  issuer: ManagerOptions['issuer'],
): issuer is Exclude<ManagerOptions['issuer'], undefined | string | readonly string[]> {
  return typeof issuer === 'object' && !Array.isArray(issuer);
}

function certificateOf(wish: CertificateWish): object {
  if (typeof wish === 'string') return { names: [wish] };
  return Array.isArray(wish) ? { names: wish } : wish;
}

/** One for all keys of the same names, as they are asked for. */
function wantedBy(
  specs: readonly CertificateSpec[],
  ports: ManagerOptions['challengePorts'],
): Wanted[] {
  const byNames = Map.groupBy(specs, ({ names }) => names.join());
  return [...byNames.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { names, keyType: _one, ...spec } = first;
    const keyTypes = group.map(({ keyType }) => keyType);
    return [{ names, wanted: { ...spec, keyTypes, ...portsOf(ports) } }];
  });
}

function portsOf({ http01, tlsAlpn01 }: ManagerOptions['challengePorts'] = {}) {
  return {
    ...(http01 === undefined ? {} : { http01Port: http01 }),
    ...(tlsAlpn01 === undefined ? {} : { tlsAlpn01Port: tlsAlpn01 }),
  };
}

/** By the name that other processes on the same data directory will find it under. */
function withIssuer(config: Config, label: string, name: string): Config {
  const { [label]: settings, ...others } = config.issuers;
  const renamed = (issuers: readonly string[]): string[] =>
    issuers.map((issuer) => (issuer === label ? name : issuer));
  return {
    ...config,
    issuers: Object.assign(Object.create(null), others, { [name]: settings }) as Config['issuers'],
    defaults: { ...config.defaults, issuers: renamed(config.defaults.issuers) },
    certificates: config.certificates.map((spec) => ({ ...spec, issuers: renamed(spec.issuers) })),
  };
}
