/**
 * The control plane, put together: store, keyring, issuers, solvers, lifecycle.
 *
 * @module
 */
import { join } from 'node:path';
import type { Operations } from '../api/operations.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Name } from '../core/names.ts';
import { type OpenResolver, openSystemResolver } from '../dns/resolver.ts';
import type { Feed, FeedChange } from '../feed/feed.ts';
import { createPreflight } from '../lifecycle/preflight/preflight.ts';
import { cleanLeftovers } from '../lifecycle/clean-leftovers.ts';
import type { LifecycleContext } from '../lifecycle/context.ts';
import type { DeploymentContext } from '../lifecycle/deployment/deploy.ts';
import { type IssueRequest, manageCertificates } from '../lifecycle/issue.ts';
import { createLookup } from '../lifecycle/feed-source.ts';
import { askPermission } from '../lifecycle/on-demand/ask-permission.ts';
import { OnDemand } from '../lifecycle/on-demand/on-demand.ts';
import { createSealedKeys } from '../lifecycle/sealed-keys.ts';
import { createAccountVault, createAuthorityVault } from '../lifecycle/vaults.ts';
import { createCounter } from '../observe/counter.ts';
import type { Log } from '../observe/log.ts';
import type { Tracer } from '../observe/tracing/tracer.ts';
import type { Reporter } from '../observe/progress.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { prepareDataDir } from '../store/sqlite/prepare-data-dir.ts';
import type { CertificateRecord } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { type DnsCredentials, createDnsCredentials } from './dns-credentials.ts';
import { countedIssuers } from './counted-issuers.ts';
import { logDeployment } from './log-deployment.ts';
import { withDeployments } from './deployment-operations.ts';
import { type Issuers, createIssuers } from './issuers.ts';
import { interfaceAddresses } from './interface-addresses.ts';
import { createKekSource } from './kek-source.ts';
import { openKeyring } from './keyring.ts';
import { createOperations } from './operations.ts';
import { type ValidationPorts, createProbe } from './probe.ts';
import { createMetricsReader } from './read-metrics.ts';
import { resealing } from './resealing-store.ts';
import { type Answering, createSolvers } from './solvers.ts';
import { createStoredIssuers } from './stored-issuers.ts';
import { createTargets, type Targets } from './targets.ts';
import type { SelfCheck } from './self-check.ts';
import type { WorkersView } from './terminator-status.ts';
import { readVersion } from './version.ts';

export interface ControlOptions {
  readonly config: Config;
  /** True when a terminator beside this control plane answers challenges on its listeners. */
  readonly hasTerminator: boolean;
  readonly clock: Clock;
  readonly log?: Log;
  /** Who else in this process answers challenges. */
  readonly answering?: Answering;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Where the CA connects, when it is not the usual ports. */
  readonly validationPorts?: ValidationPorts;
  /** How name servers are asked about challenge records; the system's resolver when absent. */
  readonly openResolver?: OpenResolver;
}

export interface Control {
  readonly operations: Operations;
  readonly context: LifecycleContext;
  readonly deployment: DeploymentContext;
  readonly feed: Feed;
  readonly store: Store;
  /** Works by another configuration from now on. What is under way ends by the old one. */
  reconfigure(config: Config): void;
  /** Keeps certificates renewed from now on that no configuration names; the scheduler obtains them. */
  manage(request: Pick<IssueRequest, 'names' | 'wanted'>): Promise<CertificateRecord[]>;
  /** Makes an issuer of the configuration known to other processes on the store. */
  shareIssuer(name: string): Promise<void>;
  /** Takes away what orders of before have left behind. */
  cleanLeftovers(report: Reporter, signal: AbortSignal): Promise<void>;
  /** Tells the data plane to forget what it holds. */
  announce(change: FeedChange): void;
  /** Lets operations ask the terminator beside this control plane. */
  setWorkers(workers: WorkersView): void;
  setSelfCheck(selfCheck: Pick<SelfCheck, 'state'>): void;
  close(): Promise<void>;
}

export const DATABASE = 'certctl.db';

export async function openControl(options: ControlOptions, signal: AbortSignal): Promise<Control> {
  const { clock } = options;
  const { dataDir } = options.config;
  await prepareDataDir(dataDir);
  const kekSource = createKekSource(options.config, clock);
  const opened = await openSqliteStore({ path: join(dataDir, DATABASE), clock });
  try {
    const keyring = await openKeyring(kekSource, opened.secrets, signal);
    const store = resealing(opened, keyring);
    const keys = createSealedKeys(store.secrets, keyring);
    const listeners = new Set<(change: FeedChange) => void>();
    const announce = (change: FeedChange): void => {
      for (const listener of listeners) listener(change);
    };

    const solvers = createSolvers({
      findCredential: (name) => parts.credentials.find(name),
      delegation: () => parts.config.delegation,
      terminatorAnswers: () => ({
        http01: options.hasTerminator && listens(parts.config, 'http'),
        tlsAlpn01: options.hasTerminator && listens(parts.config, 'tls'),
      }),
      answering: options.answering,
      publicResolvers: () => parts.config.preflight.resolvers,
      openResolver: options.openResolver,
      clock,
    });
    let parts = assemble(options.config);
    const outdated: Parts[] = [];

    function assemble(config: Config): Parts {
      const credentials = createDnsCredentials(config.dns, clock);
      const issuers = createIssuers({
        configured: config.issuers,
        stored: createStoredIssuers({ table: store.issuers, keys, clock }),
        budgets: store.budgets,
        accounts: createAccountVault({ store, keys, clock }),
        authorities: createAuthorityVault({ store, keys, clock }),
        solvers,
        userAgent: `certctl/${readVersion()} (+node ${process.versions.node})`,
        clock,
      });
      const lookup = createLookup({ store, keys, endpoints: config.endpoints });
      const targets = createTargets(config, clock);
      return { config, credentials, issuers, lookup, targets };
    }

    const context: LifecycleContext = {
      store,
      keys,
      issuers: { find: (name) => parts.issuers.find(name) },
      preflight: createPreflight({
        openResolver: openSystemResolver,
        settings: () => parts.config.preflight,
        delegation: () => parts.config.delegation,
        interfaceAddresses,
        clock,
      }),
      clock,
      tracer: options.tracer,
      permitOrder: (certificate, asking) => onDemand.permitOrder(certificate, asking),
      random: Math.random,
      onChanged: (names: readonly Name[]) => announce({ names }),
    };
    const onDemand = new OnDemand({
      context: () => context,
      settings: () => parts.config.onDemand,
      defaults: () => parts.config.defaults,
      lookup: (name) => parts.lookup(name),
      ask: askPermission,
      announce: (names) => announce({ names }),
      log: options.log,
    });
    const feed: Feed = {
      lookup: (name, client) => onDemand.lookup(name, client),
      findAnswer: (query) => solvers.findAnswer(query),
      onChanged(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    let workers: WorkersView | undefined;
    const deployments = createCounter(
      'certctl_deployment_attempts_total',
      'Deliveries to targets by this process.',
    );
    let selfCheck: Pick<SelfCheck, 'state'> | undefined;
    const deployment: DeploymentContext = {
      store,
      keys,
      clock,
      random: Math.random,
      tracer: options.tracer,
      targets: () => parts.targets,
      onAttempt: (attempt) => {
        const { target, outcome } = attempt;
        deployments.add({ target, outcome });
        logDeployment(attempt, options.log);
      },
    };
    const plainOperations = createOperations({
      workers: () => workers,
      selfCheck: async () => selfCheck?.state(),
      context,
      probe: createProbe(solvers, options.validationPorts),
      rotation: { store, keyring, source: kekSource, clock },
      lookup: (name) => parts.lookup(name),
      findAnswer: (query) => feed.findAnswer(query),
      onDemand,
      issuers: () => parts.issuers,
      config: () => parts.config,
      findCredential: (name) => parts.credentials.find(name),
      openResolver: options.openResolver,
      startedAt: clock.now(),
      readMetrics: createMetricsReader({
        store,
        clock,
        settings: () => parts.config.metrics,
        countedIssuers: () => countedIssuers(store, parts.config.issuers),
        workers: () => workers,
        counters: [deployments],
      }),
    });
    const operations = withDeployments(plainOperations, deployment, options.hasTerminator);
    return {
      operations,
      context,
      deployment,
      feed,
      store,
      reconfigure(config) {
        outdated.push(parts);
        parts = assemble(config);
        onDemand.reconsider();
        announce('everything');
      },
      manage: (request) => manageCertificates(context, parts.config.defaults, request),
      async shareIssuer(name) {
        const settings = parts.config.issuers[name];
        if (settings?.type === 'acme') await parts.issuers.adopt(settings, 'store');
      },
      cleanLeftovers: (report, held) => cleanLeftovers({ store, solvers, clock }, report, held),
      announce,
      setWorkers(given) {
        workers = given;
      },
      setSelfCheck(given) {
        selfCheck = given;
      },
      async close() {
        await onDemand[Symbol.asyncDispose]();
        for (const { issuers, credentials, targets } of [...outdated, parts]) {
          await targets.close();
          await issuers.close();
          await credentials.close();
        }
        await store.close();
      },
    };
  } catch (thrown) {
    await opened.close();
    throw thrown;
  }
}

/** What depends on the configuration. */
interface Parts {
  readonly config: Config;
  readonly credentials: DnsCredentials;
  readonly issuers: Issuers;
  readonly lookup: Feed['lookup'];
  readonly targets: Targets;
}

function listens({ terminator }: Config, protocol: 'tls' | 'http'): boolean {
  return terminator.listeners.some((listener) => listener.protocol === protocol);
}
