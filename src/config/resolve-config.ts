/**
 * From what a file says to what certctl does: defaults filled in, references and names checked.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { Config } from './config.ts';
import type { DnsCredentialSettings } from './dns-providers.ts';
import { checkDnsProviders } from './fips-rules.ts';
import type { Supplied } from '../lifecycle/supplied-csr.ts';
import type { FileConfig } from './file-schema.ts';
import { resolveMetrics } from './metrics-schema.ts';
import { resolveTracing } from './resolve-tracing.ts';
import { resolveApi } from './resolve-api.ts';
import { resolveCertificates, resolveDefaults } from './resolve-certificates.ts';
import { type ResolveContext, checkReference } from './resolve-context.ts';
import { resolveEndpoints } from './resolve-endpoints.ts';
import { resolveFips } from './resolve-fips.ts';
import { resolveIssuers } from './resolve-issuers.ts';
import { resolveKeyring } from './resolve-keyring.ts';
import { resolveEvents, resolveNotify, resolveWatch } from './resolve-notify.ts';
import { resolveOnDemand } from './resolve-on-demand.ts';
import { resolveDeployments } from './resolve-targets.ts';
import { resolveTerminator } from './resolve-terminator.ts';

const ROOT_DATA_DIR = '/var/lib/certctl';
const USUAL_SWEEP = '*/10 * * * *';
const USUAL_LOG_LEVEL = 'info';

export interface ResolveRequest {
  readonly file: FileConfig;
  readonly sourcePath?: string | undefined;
  /** `--data-dir`, which wins over the file. */
  readonly dataDir?: string | undefined;
  /** False when `file` lacks endpoints that the file on disk has, with faults. */
  readonly endpointsAreKnown: boolean;
  /** Signing requests by the index of their certificate. */
  readonly requests: ReadonlyMap<number, Supplied>;
}

export function resolveConfig(request: ResolveRequest, context: ResolveContext): Config {
  const { file, sourcePath } = request;
  const { environment } = context;
  const { delegation, ...credentials } = file.dns ?? {};
  checkDnsProviders(credentials, context);
  if (delegation !== undefined) {
    const place = ['dns', 'delegation', 'credential'];
    checkReference('DNS credential', delegation.credential, place, context);
  }
  const defaults = resolveDefaults(file.defaults, delegation?.credential, context);
  const fips = resolveFips(file.tls?.fips, context);
  const api = resolveApi(file.api, context);
  const tracing = resolveTracing(file.tracing, context);
  const endpoints = resolveEndpoints(file.endpoints, file, context);
  return {
    source: sourcePath === undefined ? {} : { path: sourcePath, files: [...context.files] },
    dataDir: dataDirOf(request, context),
    keyring: resolveKeyring(file.keyring, context),
    issuers: resolveIssuers(file.issuers, context),
    defaults,
    dns: Object.assign(Object.create(null), credentials) as Record<string, DnsCredentialSettings>,
    ...(delegation === undefined ? {} : { delegation }),
    certificates: resolveCertificates(
      file.certificates,
      { defaults, requests: request.requests },
      context,
    ),
    deployments: resolveDeployments(file, request.requests, context),
    endpoints,
    onDemand: resolveOnDemand(file.endpoints, context),
    terminator: resolveTerminator(file, request.endpointsAreKnown ? endpoints : undefined, context),
    ...(fips === undefined ? {} : { fips }),
    renewal: { sweep: file.renewal?.sweep?.trim() ?? USUAL_SWEEP },
    preflight: {
      publicAddresses: file.preflight?.publicAddresses ?? [],
      ...(file.preflight?.resolvers === undefined ? {} : { resolvers: file.preflight.resolvers }),
    },
    workers:
      file.workers === undefined || file.workers === 'auto' ? environment.processors : file.workers,
    ...(file.user === undefined ? {} : { user: file.user }),
    ...(file.group === undefined ? {} : { group: file.group }),
    ...(api === undefined ? {} : { api }),
    metrics: resolveMetrics(file.metrics),
    ...(tracing === undefined ? {} : { tracing }),
    events: resolveEvents(file),
    watch: resolveWatch(file, context),
    notify: resolveNotify(file, context),
    log: { level: file.log?.level ?? USUAL_LOG_LEVEL },
  };
}

function dataDirOf({ file, dataDir }: ResolveRequest, context: ResolveContext): string {
  const { cwd, dataHome, isRoot } = context.environment;
  if (dataDir !== undefined) return resolve(cwd, dataDir);
  if (file.dataDir !== undefined) return resolve(context.directory, file.dataDir);
  return isRoot ? ROOT_DATA_DIR : resolve(dataHome, 'certctl');
}
