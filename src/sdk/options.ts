/**
 * What a program says to a manager and a terminator: the words of the configuration file.
 *
 * @module
 */
import type { ConfigKeys } from '../config/file-schema.ts';
import type { ChallengeType, KeyType } from '../core/certificate-spec.ts';

type OneOrMore<T> = T | readonly T[];

/** The keys that are the same as in `certctl.yaml`; docs/configuration.md describes them. */
type FileKeys = Pick<
  ConfigKeys,
  'events' | 'issuers' | 'keyring' | 'notify' | 'preflight' | 'renewal' | 'targets' | 'watch'
>;

export interface ManagerOptions extends FileKeys {
  /**
   * Where certificates, account and sealed keys are kept; created with mode 0700. Relative paths
   * start at the working directory. The command line works on it, too: `certctl list --data-dir`.
   */
  readonly dataDir: string;
  /**
   * What to obtain and keep renewed: each entry is one certificate. What an earlier run obtained
   * stays managed until it is removed with {@link Manager.remove}.
   */
  readonly certificates?: readonly CertificateWish[];
  /**
   * Who signs: a predefined issuer (`letsencrypt`, `letsencrypt-staging`, `internal`), one of
   * `issuers`, a list of them to try in order, or an ACME CA. Usually Let's Encrypt.
   */
  readonly issuer?: OneOrMore<string> | AcmeOptions;
  /** How control over the names is proven, in this order. Usually `tls-alpn-01`, `http-01`. */
  readonly challenge?: OneOrMore<ChallengeType>;
  /** Usually `ec256`. An EC and an RSA type make a pair: each client gets what it can verify. */
  readonly keyType?: OneOrMore<KeyType>;
  /** ACME profile. */
  readonly profile?: string;
  /** DNS credentials by name, each with its `provider` and what that wants: docs/dns-providers.md. */
  readonly dns?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Ports that the manager listens on by itself while a challenge is to be answered, where no server
   * of the program does that. Without them {@link Manager.answerChallenges} or
   * {@link Manager.challengeHandler} is needed for http-01 and tls-alpn-01.
   */
  readonly challengePorts?: { readonly http01?: number; readonly tlsAlpn01?: number };
  /** Usually warnings and errors go to stderr as JSON lines; `silent` writes nothing. */
  readonly logger?: Logger | 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** A name, the names of one certificate, or names with what differs from the options for all. */
export type CertificateWish = string | readonly string[] | CertificateOptions;

export interface CertificateOptions {
  /** Hostnames, wildcards, IP addresses. */
  readonly names: readonly string[];
  readonly issuer?: OneOrMore<string>;
  readonly challenge?: OneOrMore<ChallengeType>;
  /** The DNS credential, by its name in `dns`. */
  readonly dns?: string;
  readonly keyType?: OneOrMore<KeyType>;
  readonly profile?: string;
  readonly preferredChain?: string;
  readonly reuseKey?: boolean;
  /** Where it is brought to, by the names in `targets`. */
  readonly targets?: OneOrMore<string>;
}

/** The keys of an issuer of type `acme`; Let's Encrypt where there is no `directory`. */
export type AcmeOptions = Omit<
  Extract<NonNullable<ConfigKeys['issuers']>[string], { type: 'acme' }>,
  'type'
>;

/** Like pino's, and so Fastify's: fields first. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** As in `certctl.yaml`. Without `listeners` it listens on ports 443 and 80 of all addresses. */
export interface TerminatorOptions extends Pick<
  ConfigKeys,
  'accessLog' | 'endpoints' | 'limits' | 'listeners'
> {
  readonly tls?: Omit<NonNullable<ConfigKeys['tls']>, 'fips'>;
}
