/**
 * The operations of the control plane in this process.
 *
 * @module
 */
import { createTokenOperations } from '../api/access/token-operations.ts';
import type { DaemonStatus, Operations } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import { hostPort } from '../core/host-port.ts';
import type { DnsCredential } from '../dns/provider.ts';
import type { OpenResolver } from '../dns/resolver.ts';
import type { Feed } from '../feed/feed.ts';
import { exportRoot } from '../issuers/internal/issuer.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import { type Probe, diagnose } from '../lifecycle/diagnose.ts';
import type { Lookup } from '../lifecycle/feed-source.ts';
import { issueCertificate } from '../lifecycle/issue.ts';
import { listCertificates, showCertificate } from '../lifecycle/list.ts';
import type { OnDemand } from '../lifecycle/on-demand/on-demand.ts';
import { renewCertificates } from '../lifecycle/renew.ts';
import { removeCertificate, revokeCertificate } from '../lifecycle/revoke.ts';
import { revokeForeign } from '../lifecycle/revoke-foreign.ts';
import { keyringStatus, type RotationContext, rotateKeyring } from '../lifecycle/rotate-keyring.ts';
import { exportCertificate, importCertificate } from '../lifecycle/transfer.ts';
import { createAccountOperations } from './account-operations.ts';
import { createDnsDelegation } from './dns-delegation.ts';
import { createDnsOperations } from './dns-operations.ts';
import { createDnsTest } from './dns-test.ts';
import { createEventOperations } from './event-operations.ts';
import { explain } from './explain.ts';
import { createInventoryOperations } from './inventory-operations.ts';
import type { Issuers } from './issuers.ts';
import { mergeUpstreams, terminatorStatus, type WorkersView } from './terminator-status.ts';
import { readVersion } from './version.ts';

export interface OperationsOptions {
  readonly context: LifecycleContext;
  readonly probe: Probe;
  readonly rotation: RotationContext;
  readonly lookup: Lookup;
  readonly findAnswer: Feed['findAnswer'];
  readonly onDemand: Pick<OnDemand, 'foresee'>;
  readonly issuers: () => Issuers;
  readonly config: () => Config;
  readonly findCredential: (name: string) => DnsCredential | undefined;
  /** How name servers are asked about challenge records; the system's resolver when absent. */
  readonly openResolver?: OpenResolver | undefined;
  readonly startedAt: Date;
  /** Where a terminator is in the same process as this control plane. */
  readonly workers: () => WorkersView | undefined;
  readonly readMetrics: Operations['readMetrics'];
  /** How far it is, where one runs. */
  readonly selfCheck: () => Promise<DaemonStatus['selfCheck']>;
}

export function createOperations(options: OperationsOptions): Omit<Operations, 'deploy'> {
  const { context, rotation, lookup, onDemand, issuers, config, openResolver } = options;
  return {
    async issue({ adHocIssuer, wanted, ...request }, report, signal) {
      const keeping = request.isDryRun ? 'process' : 'store';
      const kept =
        adHocIssuer === undefined ? {} : { issuers: [await issuers().adopt(adHocIssuer, keeping)] };
      const explicit = withoutUndefined({ ...wanted, ...kept });
      return issueCertificate(
        context,
        config().defaults,
        { ...request, wanted: explicit },
        report,
        signal,
      );
    },
    renew: (selection, report, signal) => renewCertificates(context, selection, report, signal),
    list: () => listCertificates(context),
    show: (choice) => showCertificate(context, choice),
    revoke: (request, report, signal) => revokeCertificate(context, request, report, signal),
    async revokeForeign({ adHocIssuer, ...request }, report, signal) {
      const issuer = await issuers().openOnce(adHocIssuer);
      try {
        return await revokeForeign(context, { ...request, issuer }, report, signal);
      } finally {
        await issuer.close();
      }
    },
    remove: (choice) => removeCertificate(context, choice),
    exportCertificate: (request) => exportCertificate(context, request),
    importCertificate({ renewal, ...request }) {
      const { keyTypes: _ofKey, ...usual } = config().defaults;
      const by = renewal && { ...usual, ...withoutUndefined(renewal) };
      return importCertificate(context, { ...request, renewal: by });
    },
    ...createAccountOperations(context.issuers, () => config().defaults.issuers[0]),
    ...createInventoryOperations({ store: context.store, clock: context.clock, config }),
    readMetrics: options.readMetrics,
    ...createTokenOperations(context.store.tokens, context.clock),
    ...createDnsOperations({
      issuers: context.issuers,
      defaultIssuer: () => config().defaults.issuers[0],
      publicResolvers: () => config().preflight.resolvers,
      clock: context.clock,
    }),
    ...createDnsDelegation({
      delegation: () => config().delegation,
      publicResolvers: () => config().preflight.resolvers,
      openResolver,
    }),
    ...createDnsTest({
      findCredential: options.findCredential,
      credentialNames: () => Object.keys(config().dns),
      delegation: () => config().delegation,
      openResolver,
      clock: context.clock,
    }),
    ...createEventOperations({ ...context, notify: () => config().notify }),
    explain: ({ name }, _report, signal) =>
      explain(
        {
          lookup,
          findAnswer: options.findAnswer,
          onDemand,
          config: config(),
          clock: context.clock,
          async upstreams() {
            const serving = options.workers();
            return serving && mergeUpstreams(await serving.reports());
          },
        },
        name,
        signal,
      ),
    diagnose: ({ names }, _report, signal) =>
      diagnose({ ...context, probe: options.probe }, config(), names, signal),
    async exportAuthority({ issuer }) {
      return { rootPem: await exportRoot(await issuers().internalOptions(issuer)) };
    },
    keyringStatus: (_body, _report, signal) => keyringStatus(rotation, signal),
    rotateKeyring: (_body, report, signal) => rotateKeyring(rotation, report, signal),
    async status() {
      const { dataDir, source, terminator, workers, endpoints } = config();
      const serving = options.workers();
      const selfCheck = await options.selfCheck();
      return {
        version: readVersion(),
        pid: process.pid,
        startedAt: options.startedAt.toISOString(),
        dataDir,
        ...(source.path === undefined ? {} : { configFile: source.path }),
        listeners: terminator.listeners.map(
          (listener) => `${listener.protocol}://${hostPort(listener)}`,
        ),
        workers,
        ...(selfCheck === undefined ? {} : { selfCheck }),
        ...(serving === undefined
          ? {}
          : { terminator: await terminatorStatus(serving, endpoints) }),
      };
    },
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Absent, not undefined: what is spread over defaults must not erase them. */
function withoutUndefined<T extends object>(values: T): Defined<T> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Defined<T>;
}
