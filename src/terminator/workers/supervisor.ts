/**
 * Keeps the terminator workers running, all with the same settings.
 *
 * Each worker binds its own sockets, before it gives up its privileges. So one that has given them
 * up, or that was handed sockets at its start, is not asked to listen elsewhere: others are started
 * beside it, and it drains.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type Clock, SECOND_MS } from '../../core/clock.ts';
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import type { Channel } from '../../feed/channel.ts';
import type { Log, LogLevel } from '../../observe/log.ts';
import type { SpanRecord } from '../../observe/tracing/span.ts';
import { createCounters } from '../counters.ts';
import { epitaph, sumReports, type TerminatorReport } from '../report.ts';
import type { ListenerSettings, TerminatorSettings } from '../settings.ts';
import type { UnknownNameCount } from '../unknown-names.ts';
import { addressesAdded, checkAddresses, ChosenPorts, findInherited } from './check-addresses.ts';
import type { RunAs } from './drop-privileges.ts';
import { findWorkers, openWorker } from './open-worker.ts';
import type { InheritedListener } from './worker-options.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface WorkersOptions {
  /** The program of a worker. */
  readonly entry: string | URL;
  /** Its version: workers of another one are replaced. */
  readonly release: string;
  readonly logLevel: LogLevel;
  readonly execArgv?: readonly string[];
  /** All that the workers get of the environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Where the workers' sockets are: nobody but this user may enter it. */
  readonly socketDir: string;
  /** Whom the workers become when their addresses are bound. */
  readonly runAs?: RunAs | undefined;
  /** Sockets of this process that listen already. */
  readonly inherited?: readonly InheritedListener[];
  /** Whether the system lets several processes listen on one port. */
  readonly canSharePorts: boolean;
  /** Answers the feed questions of one worker until its channel closes. */
  readonly serveFeed: (channel: Channel) => void;
  /** What clients of any worker asked for and no endpoint serves. */
  /** What workers have traced. */
  readonly onSpans?: (spans: readonly SpanRecord[]) => void;
  readonly onUnknownNames?: (names: readonly UnknownNameCount[]) => void;
  readonly log: Log;
  readonly clock: Clock;
}

export interface WorkerReport extends TerminatorReport {
  readonly pid: number;
  /** Takes no new connections. */
  readonly isDraining: boolean;
}

export interface Workers {
  /**
   * Gives all workers the settings, and changes their number. When one refuses, all get the settings
   * before again.
   *
   * @throws `listener/…` as the terminator does, also when another program has a port that the
   * workers would share with it, or `worker/failed`.
   */
  configure(settings: TerminatorSettings, count?: number): Promise<readonly ListenerSettings[]>;
  /** Of each worker that answers, draining ones included. */
  reports(): Promise<WorkerReport[]>;
  /** What workers counted that have ended since. */
  readonly former: Pick<TerminatorReport, 'counters' | 'rows'>;
  /** Of those that take new connections. */
  readonly pids: readonly number[];
  stop(deadlineMs: number): Promise<void>;
  /** Leaves the workers to the next control process. */
  release(): Promise<void>;
}

/**
 * Takes over the workers that an earlier control process left behind, and starts what is missing.
 * On failure those that were found serve on as they did.
 *
 * @throws as `configure` does
 */
export async function startWorkers(
  options: WorkersOptions,
  settings: TerminatorSettings,
  count: number,
): Promise<Workers> {
  const supervisor = new Supervisor(options, count);
  await supervisor.start(settings);
  return supervisor;
}

class Supervisor implements Workers {
  readonly #options: WorkersOptions;
  readonly #identity: string;
  /** Those that take new connections. */
  #serving = new Set<WorkerProcess>();
  /** Those that only finish what they have. */
  readonly #retired = new Set<WorkerProcess>();
  readonly #ports = new ChosenPorts();
  readonly #stopping = new AbortController();
  #former: Pick<TerminatorReport, 'counters' | 'rows'> = { counters: createCounters(), rows: [] };
  #count: number;
  #settings: TerminatorSettings | undefined;
  /** The change that is under way: one at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #isRefilling = false;
  #isUnsteady = false;
  #backoffMs = 0;

  constructor(options: WorkersOptions, count: number) {
    this.#options = options;
    this.#count = count;
    this.#identity = identityOf(options);
  }

  get pids(): readonly number[] {
    return [...this.#serving].map(({ pid }) => pid);
  }

  async start(settings: TerminatorSettings): Promise<void> {
    const { log, socketDir } = this.#options;
    const found = await findWorkers(socketDir);
    const held = found.flatMap(({ listeners }) => listeners);
    const wanted = await this.#resolve(settings);
    const fitting = found.filter(
      (worker) =>
        worker.fits(this.#identity) &&
        !(this.#isSealed && addressesAdded(wanted.listeners, worker.listeners).length > 0),
    );
    try {
      for (const worker of fitting) this.#attach(worker);
      await this.#check(wanted, held);
      await this.#apply(wanted, this.#count, fitting);
    } catch (thrown) {
      for (const worker of found) worker.release();
      throw thrown;
    }
    for (const worker of found) if (!this.#serving.has(worker)) this.#retire(worker);
    if (found.length > 0) {
      const pids = this.pids.filter((pid) => found.some((worker) => worker.pid === pid));
      log.info({ pids, replaced: found.length - pids.length }, 'took over workers that serve');
    }
  }

  configure(
    settings: TerminatorSettings,
    count = this.#count,
  ): Promise<readonly ListenerSettings[]> {
    return this.#exclusive(async () => {
      const held = this.#settings?.listeners ?? [];
      const wanted = await this.#resolve(settings);
      await this.#check(wanted, held);
      const isMovable = !this.#isSealed || addressesAdded(wanted.listeners, held).length === 0;
      return this.#apply(wanted, count, isMovable ? [...this.#serving] : []);
    });
  }

  get former(): Pick<TerminatorReport, 'counters' | 'rows'> {
    return this.#former;
  }

  async reports(): Promise<WorkerReport[]> {
    const all = [...this.#serving, ...this.#retired];
    const results = await Promise.allSettled(all.map((worker) => worker.count()));
    return all.flatMap((worker, index) => {
      const result = results[index];
      if (result?.status !== 'fulfilled' || result.value === undefined) return [];
      const isDraining = this.#retired.has(worker);
      return [{ pid: worker.pid, isDraining, ...result.value }];
    });
  }

  #bury({ lastReport }: WorkerProcess): void {
    if (lastReport === undefined) return;
    const { counters, rows } = sumReports([this.#former, epitaph(lastReport)]);
    this.#former = { counters, rows: [...rows].map(([endpoint, row]) => [endpoint, [...row]]) };
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#turn;
    const all = [...this.#serving, ...this.#retired];
    await Promise.all(all.map((worker) => worker.stop(deadlineMs)));
  }

  async release(): Promise<void> {
    this.#stopping.abort();
    await this.#turn;
    for (const worker of [...this.#serving, ...this.#retired]) worker.release();
  }

  get #isSealed(): boolean {
    const { runAs, inherited = [] } = this.#options;
    return runAs !== undefined || inherited.length > 0;
  }

  async #resolve(settings: TerminatorSettings): Promise<TerminatorSettings> {
    return { ...settings, listeners: await this.#ports.resolve(settings.listeners) };
  }

  #check(wanted: TerminatorSettings, held: readonly ListenerSettings[]): Promise<void> {
    const { inherited = [] } = this.#options;
    const added = addressesAdded(wanted.listeners, held);
    return checkAddresses(
      added.filter((listener) => findInherited(inherited, listener) === undefined),
      held,
    );
  }

  /** Makes `kept`, and as many new ones as it takes, the workers that serve, with these settings. */
  async #apply(
    settings: TerminatorSettings,
    count: number,
    kept: readonly WorkerProcess[],
  ): Promise<readonly ListenerSettings[]> {
    const most = this.#most(settings, count);
    const missing = Math.max(0, most - kept.length);
    // New ones first: what they refuse has changed nothing.
    const opened = await this.#open(missing, settings);
    const results = await Promise.allSettled(kept.map((worker) => worker.configure(settings)));
    const refusal = results.find(isRefusal);
    if (refusal !== undefined) {
      for (const { worker } of opened) worker.kill();
      const before = this.#settings;
      if (before !== undefined) {
        await Promise.allSettled(kept.map((worker) => worker.configure(before)));
      }
      throw toAppError(refusal.reason);
    }
    this.#settings = settings;
    this.#count = most;
    const configured = kept.filter((_, index) => results[index]?.status === 'fulfilled');
    for (const worker of kept) if (!configured.includes(worker)) worker.kill();
    const inForce = [...configured.slice(0, most), ...opened.map(({ worker }) => worker)];
    const earlier = this.#serving;
    this.#serving = new Set(inForce);
    for (const worker of [...earlier, ...kept]) {
      if (!this.#serving.has(worker)) this.#retire(worker);
    }
    for (const worker of inForce) if (!earlier.has(worker)) void this.#watch(worker);
    void this.#refill();
    const answers = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return answers[0] ?? opened[0]?.addresses ?? [];
  }

  /** One, where only a socket that was handed to all of them can be shared. */
  #most({ listeners }: TerminatorSettings, count: number): number {
    const { canSharePorts, inherited = [], log } = this.#options;
    const areInherited = listeners.every((one) => findInherited(inherited, one) !== undefined);
    if (canSharePorts || areInherited || count === 1) return count;
    log.warn({ count }, 'this system cannot share a port between processes: there is one worker');
    return 1;
  }

  /** All of them, or none. */
  async #open(count: number, settings: TerminatorSettings) {
    const openOne = async () => {
      const worker = await this.#openOne(settings);
      try {
        return { worker, addresses: await worker.configure(settings) };
      } catch (thrown) {
        worker.kill();
        throw thrown;
      }
    };
    const results = await Promise.allSettled(Array.from({ length: count }, openOne));
    const opened = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failure = results.find((one) => one.status === 'rejected');
    if (failure === undefined) return opened;
    for (const { worker } of opened) worker.kill();
    throw toAppError(failure.reason);
  }

  async #openOne({ listeners }: TerminatorSettings): Promise<WorkerProcess> {
    const { entry, execArgv = [], environment = {}, inherited = [], runAs } = this.#options;
    const { logLevel, socketDir, canSharePorts: reusePort } = this.#options;
    const worker = await openWorker({
      entry,
      execArgv,
      environment,
      start: {
        logLevel,
        socketDir,
        identity: this.#identity,
        reusePort,
        ...(runAs === undefined ? {} : { runAs }),
        inherited: listeners.flatMap(({ address, port }) => {
          const { descriptor } = findInherited(inherited, { address, port }) ?? {};
          return descriptor === undefined ? [] : [{ address, port, descriptor }];
        }),
      },
    });
    this.#attach(worker);
    return worker;
  }

  #attach(worker: WorkerProcess): void {
    const { serveFeed, onUnknownNames, onSpans } = this.#options;
    worker.attach(serveFeed);
    if (onSpans !== undefined) worker.onSpans(onSpans);
    if (onUnknownNames !== undefined) worker.onUnknownNames(onUnknownNames);
  }

  #retire(worker: WorkerProcess): void {
    this.#retired.add(worker);
    const { retireMs } = this.#settings?.limits ?? {};
    void worker.stop(retireMs ?? 0).finally(() => {
      this.#retired.delete(worker);
      this.#bury(worker);
    });
  }

  async #watch(worker: WorkerProcess): Promise<void> {
    const { clock, log } = this.#options;
    const since = clock.now().getTime();
    await worker.ended;
    // One that was retired is expected to end.
    if (!this.#serving.delete(worker) || this.#stopping.signal.aborted) return;
    this.#bury(worker);
    if (clock.now().getTime() - since < STEADY_MS) this.#isUnsteady = true;
    log.error({ pid: worker.pid }, 'a terminator worker ended; another is started');
    await this.#refill();
  }

  /** At once after a steady life; later and later while workers end soon. */
  async #refill(): Promise<void> {
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    try {
      while (this.#serving.size < this.#count) {
        this.#backoffMs = this.#isUnsteady
          ? Math.min(Math.max(2 * this.#backoffMs, FIRST_BACKOFF_MS), LONGEST_BACKOFF_MS)
          : 0;
        this.#isUnsteady = false;
        if (this.#backoffMs > 0) await clock.sleep(this.#backoffMs, signal);
        await this.#exclusive(() => this.#fill());
      }
    } catch (thrown) {
      if (!isAbort(thrown, signal)) {
        log.error({ err: toAppError(thrown) }, 'terminator workers are no longer replaced');
      }
    } finally {
      this.#isRefilling = false;
    }
  }

  async #fill(): Promise<void> {
    this.#stopping.signal.throwIfAborted();
    const settings = this.#settings;
    if (settings === undefined) return;
    try {
      const opened = await this.#open(this.#count - this.#serving.size, settings);
      for (const { worker } of opened) {
        this.#serving.add(worker);
        void this.#watch(worker);
      }
    } catch (thrown) {
      this.#isUnsteady = true;
      this.#options.log.error({ err: toAppError(thrown) }, 'a terminator worker did not come up');
    }
  }

  #exclusive<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => {});
    return done;
  }
}

const FIRST_BACKOFF_MS = SECOND_MS;
const LONGEST_BACKOFF_MS = 30 * SECOND_MS;
const STEADY_MS = 10 * SECOND_MS;

/** A worker that ended meanwhile has refused nothing: the one after it gets the settings, too. */
function isRefusal(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return (
    result.status === 'rejected' &&
    !(result.reason instanceof AppError && result.reason.code === 'worker/failed')
  );
}

function identityOf(options: WorkersOptions): string {
  const { entry, release, logLevel, execArgv, environment, runAs, inherited } = options;
  const parts = [process.version, String(entry), release, logLevel, execArgv, environment, runAs];
  const sockets = inherited?.map(({ address, port }) => `${address} ${port}`);
  return createHash('sha256')
    .update(JSON.stringify([...parts, sockets]))
    .digest('hex');
}
