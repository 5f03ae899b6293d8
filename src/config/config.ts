/**
 * The configuration as every other part gets it: complete, checked, frozen.
 *
 * @module
 */
import type { CertificateSpec, ChallengeType, KeyType } from '../core/certificate-spec.ts';
import type { MetricsSettings } from '../lifecycle/metrics/certificate-metrics.ts';
import type { TracingSettings } from './resolve-tracing.ts';
import type { OnDemandSettings } from '../lifecycle/on-demand/settings.ts';
import type { PreflightSettings } from '../lifecycle/preflight/settings.ts';
import type { DelegationZone } from '../dns/delegation.ts';
import type { Endpoint } from '../feed/feed.ts';
import type { CommandKekSourceOptions } from '../keyring/command/source.ts';
import type { CredentialKekSourceOptions } from '../keyring/credential/source.ts';
import type { EnvKekSourceOptions } from '../keyring/env/source.ts';
import type { PassphraseKekSourceOptions } from '../keyring/passphrase/source.ts';
import type { FipsSettings } from '../fips/settings.ts';
import type { ApiSettings } from './api-settings.ts';
import type { LogLevel } from '../observe/log.ts';
import type { TerminatorSettings } from '../terminator/settings.ts';
import type { IssuerSettings } from '../issuers/issuer-settings.ts';
import type { DnsCredentialSettings } from './dns-providers.ts';
import type { DeploymentSettings } from './target-settings.ts';
import type { EventsSettings, NotifySettings, WatchSettings } from './resolve-notify.ts';

export interface Config {
  /** All absolute; absent when no file was found. `files` are others whose content is in here. */
  readonly source: { readonly path?: string; readonly files?: readonly string[] };
  /** Absolute. */
  readonly dataDir: string;
  readonly keyring: KeyringSettings;
  /** By name, the predefined ones included. Has no prototype: any text is a safe key. */
  readonly issuers: Readonly<Record<string, IssuerSettings>>;
  readonly defaults: CertificateDefaults;
  /** By name. Has no prototype. */
  readonly dns: Readonly<Record<string, DnsCredentialSettings>>;
  /** Where owners of names delegate their challenge records to. */
  readonly delegation?: DelegationZone;
  /** With the defaults applied. */
  readonly certificates: readonly CertificateSpec[];
  readonly deployments: DeploymentSettings;
  readonly endpoints: readonly Endpoint[];
  /** What the endpoints of these hosts make on demand. */
  readonly onDemand: readonly OnDemandSettings[];
  readonly terminator: TerminatorConfig;
  /** Present: every process computes with a FIPS provider, or does not run. */
  readonly fips?: FipsSettings;
  readonly renewal: { readonly sweep: string };
  readonly preflight: PreflightSettings;
  /** How many terminator processes. */
  readonly workers: number;
  /** Names or ids; whom workers become when certctl is started as root. */
  readonly user?: string;
  readonly group?: string;
  /** Absent: the API is on the unix socket only. */
  readonly api?: ApiSettings;
  readonly metrics: MetricsSettings;
  /** Absent: nothing is traced. */
  readonly tracing?: TracingSettings;
  readonly events: EventsSettings;
  readonly watch: WatchSettings;
  readonly notify: readonly NotifySettings[];
  readonly log: { readonly level: LogLevel };
}

/** `previous` are keys that still wrap something, until `certctl keyring rotate` has replaced them. */
export type KeyringSettings =
  | {
      readonly source: 'file';
      /** Absolute; absent leaves the place to the data directory. */
      readonly path?: string;
    }
  | ({ readonly source: 'env' } & EnvKekSourceOptions)
  | ({ readonly source: 'command' } & CommandKekSourceOptions)
  | ({ readonly source: 'credential' } & CredentialKekSourceOptions)
  | ({
      readonly source: 'passphrase';
      /** Absolute; absent leaves the place to the data directory. */
      readonly saltPath?: string;
    } & Pick<PassphraseKekSourceOptions, 'active' | 'previous'>);

/** What a certificate gets that says nothing else. */
export interface CertificateDefaults {
  /** Issuer names, tried in this order. */
  readonly issuers: readonly string[];
  readonly challenges: readonly ChallengeType[];
  /** One, or an EC and an RSA key type: a pair of certificates. */
  readonly keyTypes: readonly KeyType[];
  /** The only DNS credential when there is one and the file names no default. */
  readonly dns?: string;
  readonly profile?: string;
  readonly preferredChain?: string;
  readonly reuseKey?: boolean;
}

/** The terminator's settings as far as a file can say them. */
export type TerminatorConfig = Omit<TerminatorSettings, 'ticketSecrets'>;
