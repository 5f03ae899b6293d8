/**
 * Keeps the terminator workers running, all with the same settings.
 *
 * Each worker binds its own sockets, before it gives up its privileges. So one that has given them
 * up, or that was handed sockets at its start, is not asked to listen elsewhere: others are started
 * beside it, and it drains. Where the system cannot share a port, this process holds one socket for
 * all of its workers; those of an earlier control process keep theirs until others are needed.
 *
 * @module
 */
import { type Clock, SECOND_MS } from '../../core/clock.ts';
import { AppError, isAbort, toAppError } from '../../core/errors.ts';
import type { Log } from '../../observe/log.ts';
import { createCounters } from '../counters.ts';
import { epitaph, sumReports, type TerminatorReport } from '../report.ts';
import type { ListenerSettings, TerminatorSettings } from '../settings.ts';
import { addressesAdded, checkAddresses, ChosenPorts, untilFree } from './check-addresses.ts';
import { findWorkers } from './open-worker.ts';
import type { WorkerProcess } from './worker-process.ts';
import { WorkerStarter, type WorkerStarterOptions } from './worker-starter.ts';

export interface WorkersOptions extends WorkerStarterOptions {
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
  readonly #starter: WorkerStarter;
  /** Those that take new connections. */
  #serving = new Set<WorkerProcess>();
  /** Those that only finish what they have. */
  readonly #retired = new Set<WorkerProcess>();
  /** Those of an earlier control process that take new connections. */
  readonly #adopted = new Set<WorkerProcess>();
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
    this.#starter = new WorkerStarter(options);
  }

  get pids(): readonly number[] {
    return [...this.#serving].map(({ pid }) => pid);
  }

  async start(settings: TerminatorSettings): Promise<void> {
    const { log, socketDir } = this.#options;
    const found = await findWorkers(socketDir);
    const held = found.flatMap(({ listeners }) => listeners);
    const wanted = await this.#resolve(settings);
    for (const worker of found) this.#adopted.add(worker);
    const fitting = found.filter(
      (worker) =>
        this.#starter.isLikeOurs(worker) &&
        this.#canServe(worker, wanted.listeners, worker.listeners),
    );
    try {
      for (const worker of fitting) this.#starter.attach(worker);
      await this.#check(wanted, held);
      await this.#apply(wanted, this.#count, fitting);
    } catch (thrown) {
      for (const worker of found) worker.release();
      throw thrown;
    }
    for (const worker of found) {
      const isLeft = this.#adopted.has(worker) && !this.#serving.has(worker);
      if (isLeft) this.#retire(worker, settings.limits);
    }
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
      const fitting = [...this.#serving].filter((worker) =>
        this.#canServe(worker, wanted.listeners, held),
      );
      return this.#apply(wanted, count, fitting);
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

  /** Whether a worker that listens where `held` says could listen where `wanted` does. */
  #canServe(
    worker: WorkerProcess,
    wanted: readonly ListenerSettings[],
    held: readonly ListenerSettings[],
  ): boolean {
    if (addressesAdded(wanted, held).length === 0) return true;
    const { canMove, sharesSockets } = this.#starter;
    return canMove && !(sharesSockets && this.#adopted.has(worker));
  }

  async #resolve(settings: TerminatorSettings): Promise<TerminatorSettings> {
    return { ...settings, listeners: await this.#ports.resolve(settings.listeners) };
  }

  #check(wanted: TerminatorSettings, held: readonly ListenerSettings[]): Promise<void> {
    const added = addressesAdded(wanted.listeners, held);
    return checkAddresses(this.#starter.notInherited(added), held);
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
    const staying = kept.filter((worker) => !this.#retired.has(worker));
    const results = await Promise.allSettled(staying.map((worker) => worker.configure(settings)));
    const refusal = results.find(isRefusal);
    if (refusal !== undefined) {
      for (const { worker } of opened) worker.kill();
      const before = this.#settings;
      if (before !== undefined) {
        await Promise.allSettled(staying.map((worker) => worker.configure(before)));
      }
      throw toAppError(refusal.reason);
    }
    this.#settings = settings;
    this.#count = most;
    const configured = staying.filter((_, index) => results[index]?.status === 'fulfilled');
    for (const worker of staying) if (!configured.includes(worker)) worker.kill();
    const inForce = [...configured.slice(0, most), ...opened.map(({ worker }) => worker)];
    const earlier = this.#serving;
    this.#serving = new Set(inForce);
    for (const worker of new Set([...earlier, ...staying])) {
      if (!this.#serving.has(worker)) this.#retire(worker, settings.limits);
    }
    for (const worker of inForce) if (!earlier.has(worker)) void this.#watch(worker);
    void this.#refill();
    const answers = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return answers[0] ?? opened[0]?.addresses ?? [];
  }

  /** One, where sockets were handed over, but not all, and the others cannot be shared. */
  #most({ listeners }: TerminatorSettings, count: number): number {
    if (count === 1 || this.#starter.canShare(listeners)) return count;
    const { log } = this.#options;
    log.warn({ count }, 'a port that was not handed over cannot be shared: there is one worker');
    return 1;
  }

  /** All of them, or none. */
  async #open(count: number, settings: TerminatorSettings) {
    const start = (): Promise<WorkerProcess> => this.#starter.start(settings.listeners);
    const starts = await Promise.allSettled(Array.from({ length: count }, start));
    const workers = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      for (const one of starts) if (one.status === 'rejected') throw one.reason;
      if (count > 0) await this.#makeRoom(settings);
      return await Promise.all(
        workers.map(async (worker) => ({ worker, addresses: await worker.configure(settings) })),
      );
    } catch (thrown) {
      for (const worker of workers) worker.kill();
      throw toAppError(thrown);
    }
  }

  /**
   * Adopted workers keep everybody else from addresses that cannot be shared: they finish, and as
   * late as can be.
   */
  async #makeRoom({ listeners, limits }: TerminatorSettings): Promise<void> {
    if (!this.#starter.sharesSockets || this.#adopted.size === 0) return;
    const held = [...this.#adopted].flatMap((worker) => worker.listeners);
    for (const worker of this.#adopted) {
      this.#serving.delete(worker);
      this.#retire(worker, limits);
    }
    await untilFree(listeners.filter((one) => addressesAdded([one], held).length === 0));
  }

  #retire(worker: WorkerProcess, { retireMs }: TerminatorSettings['limits']): void {
    this.#retired.add(worker);
    this.#adopted.delete(worker);
    void worker.stop(retireMs).finally(() => {
      this.#retired.delete(worker);
      this.#bury(worker);
    });
  }

  async #watch(worker: WorkerProcess): Promise<void> {
    const { clock, log } = this.#options;
    const since = clock.now().getTime();
    await worker.ended;
    // One that was retired is expected to end.
    this.#adopted.delete(worker);
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
