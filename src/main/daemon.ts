/**
 * The daemon: control plane, terminator, scheduler and socket, in their order of start and stop.
 *
 * @module
 */
import { isListening } from '../api/client.ts';
import type { Config } from '../config/config.ts';
import { warningsOf } from '../config/warnings.ts';
import { SECOND_MS, systemClock } from '../core/clock.ts';
import { AppError, toAppError } from '../core/errors.ts';
import { hostPort } from '../core/host-port.ts';
import { serveFeed } from '../feed/ipc/serve-feed.ts';
import { holdLease } from '../lifecycle/leases.ts';
import { reconcile } from '../lifecycle/reconcile.ts';
import { isCronExpression } from '../lifecycle/schedule/scheduler.ts';
import { type Log, createLog } from '../observe/log.ts';
import { SESSION_SECONDS } from '../terminator/contexts.ts';
import { canSharePorts } from '../terminator/listener.ts';
import type { ListenerSettings, TerminatorSettings } from '../terminator/settings.ts';
import type { RunAs } from '../terminator/workers/drop-privileges.ts';
import { type Workers, startWorkers } from '../terminator/workers/supervisor.ts';
import { prepareAccessLog } from './access-log-file.ts';
import { startApi } from './api.ts';
import { auditReload } from './audit-reload.ts';
import { apiCertificateSpec } from './api-certificate.ts';
import { type Control, openControl } from './control.ts';
import { type EventKeeper, keepEvents } from './event-keeper.ts';
import { checkFipsAbilities, fipsFlagsFor } from './fips.ts';
import { type ReloadWatch, watchReloads } from './reload.ts';
import { type SelfCheck, startSelfCheck } from './self-check.ts';
import { passedDescriptors, takeSockets, warnOfUnused } from './socket-activation.ts';
import { openTicketKeeper, type TicketKeeper } from './ticket-keeper.ts';
import { type Upkeep, resumeOrders, startUpkeep } from './upkeep.ts';
import { createDaemonTeller, type DaemonTeller } from './tell-daemon.ts';
import { openTracing } from './tracing.ts';
import { readVersion } from './version.ts';
import { workerUser } from './worker-user.ts';

export interface DaemonOptions {
  readonly config: Config;
  readonly socketPath: string;
  /** Reads the configuration again. */
  readonly reload: () => Promise<Config>;
  /** The environment, with what the service manager said about sockets. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const WORKER_ENTRY = new URL(`./worker${import.meta.url.slice(-3)}`, import.meta.url);
const OWNER_ONLY_UMASK = 0o077;

/** Runs until `signal` is aborted, and stops gracefully then. */
export async function runDaemon(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const { config, socketPath } = options;
  // Nothing that the daemon creates is for others, the socket included.
  process.umask(OWNER_ONLY_UMASK);
  checkSweep(config);
  const runAs = await workerUser(config);
  await checkFipsAbilities(config);
  if (await isListening(socketPath)) throw alreadyRunning(config);
  await using stack = new AsyncDisposableStack();
  const log = createLog(config.log.level, 'control');
  const tracing = await openTracing(config, log);
  stack.defer(() => tracing?.sender.close());
  const control = await openControl(
    { config, hasTerminator: true, clock: systemClock, log, tracer: tracing?.tracer },
    signal,
  );
  stack.defer(() => control.close());

  const lease = await holdDaemonLease(control, config, signal);
  stack.defer(() => lease.release());
  const handOver = new AbortController();
  const startHandOver = (): void => handOver.abort();
  process.on('SIGUSR2', startHandOver);
  stack.defer(() => void process.off('SIGUSR2', startHandOver));
  const stopped = AbortSignal.any([signal, lease.lost, handOver.signal]);

  const events = await keepEvents(
    { store: control.store, clock: systemClock, random: Math.random, log },
    config,
  );
  stack.defer(() => events.stop());
  await reconcile(control.context, wantedBy(config));
  await resumeOrders(control);
  const tickets = await openTicketKeeper({
    table: control.store.ticketSecrets,
    keys: control.context.keys,
    clock: systemClock,
    lifetimeMs: SESSION_SECONDS * SECOND_MS,
  });
  const current = { config };
  const sockets = takeSockets(passedDescriptors(options.variables, process.pid), log);
  warnOfUnused(sockets, config.terminator.listeners, log);
  await prepareAccessLog(config.terminator.accessLog, runAs);
  const workers = await startWorkers(
    {
      entry: WORKER_ENTRY,
      execArgv: fipsFlagsFor(config),
      release: readVersion(),
      logLevel: config.log.level,
      ownVariables: Object.keys(options.variables),
      socketDir: config.dataDir,
      runAs,
      inherited: sockets,
      canSharePorts: await canSharePorts(),
      serveFeed: (channel) => void serveFeed(control.feed, channel),
      onSpans: (spans) => {
        for (const span of spans) tracing?.sender.send(span);
      },
      onUnknownNames: (names) => events.noteUnknownNames(names),
      log,
      clock: systemClock,
    },
    settingsOf(config, tickets),
    config.workers,
  );
  stack.defer(() =>
    handOver.signal.aborted
      ? workers.release()
      : workers.stop(current.config.terminator.limits.drainMs),
  );

  control.setWorkers(workers);

  const upkeep = startUpkeep({ control, config, log, signal: stopped });
  stack.defer(() => upkeep.stop());
  const selfCheck = startSelfCheck(
    { store: control.store, feed: control.feed, clock: systemClock, random: Math.random, log },
    config,
  );
  stack.defer(() => selfCheck.stop());
  control.setSelfCheck(selfCheck);
  const api = await startApi({ control, config, socketPath, log, signal: stopped });
  stack.defer(() => api.close());

  const teller = createDaemonTeller(control.store, log);
  const daemon: Daemon = {
    options,
    current,
    control,
    workers,
    upkeep,
    selfCheck,
    log,
    tickets,
    events,
    teller,
    runAs,
  };
  let turn = Promise.resolve();
  // The workers take one configuration after the other.
  const inTurn = (work: () => Promise<void>): Promise<void> => (turn = turn.then(work, work));
  const reloads: ReloadWatch = stack.use(
    watchReloads(() =>
      inTurn(async () => {
        await reload(daemon);
        reloads.watch(filesOf(current.config));
      }),
    ),
  );
  reloads.watch(filesOf(config));
  warn(config, log);
  const applyTickets = () =>
    inTurn(async () => void (await workers.configure(settingsOf(current.config, tickets))));
  const ticketsKept = tickets.keep(applyTickets, log, stopped);
  stack.defer(() => ticketsKept);
  log.info(
    { listeners: config.terminator.listeners.map(listenerText), dataDir: config.dataDir },
    'ready',
  );
  await teller.started();
  await aborted(stopped);
  log.info(
    handOver.signal.aborted ? 'leaving the workers to the next control process' : 'stopping',
  );
  // While the workers finish what they have, it may still be delivered.
  await teller.stopped(handOver.signal.aborted);
  lease.lost.throwIfAborted();
}

interface Daemon {
  readonly options: DaemonOptions;
  /** What the workers have. */
  readonly current: { config: Config };
  readonly control: Control;
  readonly workers: Workers;
  readonly upkeep: Upkeep;
  readonly selfCheck: SelfCheck;
  readonly log: Log;
  readonly tickets: TicketKeeper;
  readonly runAs: RunAs | undefined;
  readonly events: EventKeeper;
  readonly teller: DaemonTeller;
}

function filesOf({ source: { path, files = [] } }: Config): string[] {
  return path === undefined ? [] : [path, ...files];
}

function warn(config: Config, log: Log): void {
  for (const { subject, message, mend } of warningsOf(config, systemClock)) {
    log.warn({ endpoint: subject, mend }, `${subject} ${message}`);
  }
}

/** Applies the changed configuration whole, or refuses it whole. */
async function reload(daemon: Daemon): Promise<void> {
  const { options, current, control, workers, upkeep, log, tickets } = daemon;
  try {
    const config = await options.reload();
    checkSweep(config);
    refuseFixed(options.config, config);
    await checkFipsAbilities(config);
    await prepareAccessLog(config.terminator.accessLog, daemon.runAs);
    await workers.configure(settingsOf(config, tickets), config.workers);
    current.config = config;
    control.reconfigure(config);
    await reconcile(control.context, wantedBy(config));
    upkeep.scheduler.resweep(config.renewal.sweep);
    upkeep.scheduler.wake();
    await auditReload(control, config);
    daemon.events.reconfigure(config);
    daemon.selfCheck.reconfigure(config);
    await daemon.teller.applied(config);
    log.info({ file: config.source.path }, 'configuration applied');
    warn(config, log);
  } catch (thrown) {
    const error = toAppError(thrown);
    log.error(
      { code: error.code, mend: error.mend, problems: error.context['problems'] },
      `configuration refused, the old one stays: ${error.message}`,
    );
    await daemon.teller.refused(current.config, error);
    await reopenAccessLog(daemon);
  }
}

/** Logs are rotated whatever the file says by now. */
async function reopenAccessLog({ current, workers, tickets, log, runAs }: Daemon): Promise<void> {
  const { accessLog } = current.config.terminator;
  if (accessLog === undefined) return;
  try {
    await prepareAccessLog(accessLog, runAs);
    await workers.configure(settingsOf(current.config, tickets));
  } catch (thrown) {
    log.error({ err: toAppError(thrown) }, 'the access log stays as it was');
  }
}

/** What only a restart can change. */
function refuseFixed(running: Config, wanted: Config): void {
  const fixed = ['dataDir', 'keyring', 'user', 'group', 'fips', 'api', 'tracing'] as const;
  for (const key of fixed) {
    if (JSON.stringify(running[key]) === JSON.stringify(wanted[key])) continue;
    const shown = key === 'fips' ? 'tls.fips' : key;
    throw new AppError('config/invalid', `${shown} cannot change while the daemon runs`, {
      mend: 'Restart certctl serve.',
    });
  }
}

function checkSweep({ renewal, source }: Config): void {
  if (isCronExpression(renewal.sweep)) return;
  const place = source.path === undefined ? '' : `${source.path}: `;
  throw new AppError(
    'config/invalid',
    `${place}renewal.sweep "${renewal.sweep}" is not a cron expression`,
    { mend: 'Write five fields, e.g. "*/10 * * * *".' },
  );
}

async function holdDaemonLease(control: Control, config: Config, signal: AbortSignal) {
  const options = {
    leases: control.store.leases,
    clock: systemClock,
    name: 'daemon',
    subject: 'serving this data directory',
    patience: 'none',
  } as const;
  try {
    return await holdLease(options, signal);
  } catch (thrown) {
    if (toAppError(thrown).code !== 'lease/held') throw thrown;
    throw alreadyRunning(config, thrown);
  }
}

function alreadyRunning({ dataDir }: Config, cause?: unknown): AppError {
  return new AppError('daemon/running', `a daemon already serves ${dataDir}`, {
    cause,
    mend: 'Stop it first, or give this one a data directory of its own with --data-dir.',
  });
}

function wantedBy(config: Config) {
  const { certificates, endpoints, onDemand, defaults } = config;
  const own = apiCertificateSpec(config);
  const byClients = new Set(onDemand.map(({ host }) => host));
  const terminated = endpoints.filter(
    ({ host, terminate }) => terminate !== undefined && !byClients.has(host),
  );
  return {
    certificates: own === undefined ? certificates : [...certificates, own],
    hosts: terminated.map(({ host }) => host),
    defaults,
  };
}

/** Without the upstreams of a tcp listener, which may have keys. */
function listenerText(listener: ListenerSettings): string {
  return `${listener.protocol}://${hostPort(listener)}`;
}

function settingsOf(
  { terminator, tracing }: Config,
  { secrets }: TicketKeeper,
): TerminatorSettings {
  const traced = tracing === undefined ? {} : { tracedPart: tracing.connections };
  return { ...terminator, ...traced, ticketSecrets: secrets };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
