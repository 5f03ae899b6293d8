/**
 * Keeps the terminator workers running, all with the same settings.
 *
 * @module
 */
import { type Clock, SECOND_MS } from '../../core/clock.ts';
import { isAbort, toAppError } from '../../core/errors.ts';
import type { Channel } from '../../feed/channel.ts';
import type { Log } from '../../observe/log.ts';
import type { Counters } from '../counters.ts';
import { probeAddress } from '../listener.ts';
import type { ListenerSettings, TerminatorSettings } from '../settings.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkersOptions {
  readonly count: number;
  /** The program of a worker. */
  readonly entry: string | URL;
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  /** All that the workers get of the environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Answers the feed questions of one worker until its channel closes. */
  readonly serveFeed: (channel: Channel) => void;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Workers {
  /**
   * Gives all workers the settings. When one refuses, all get the settings before again.
   *
   * @throws `listener/…` as the terminator does, also when another program has a port that the
   * workers would share with it, or `worker/failed`.
   */
  configure(settings: TerminatorSettings): Promise<ListenerSettings[]>;
  /** Of each worker that answers. */
  counters(): Promise<Counters[]>;
  readonly pids: readonly number[];
  stop(deadlineMs: number): Promise<void>;
}

/** @throws `worker/failed` when a worker does not come up. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const supervisor = new Supervisor(options);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements Workers {
  readonly #options: WorkersOptions;
  readonly #running = new Set<WorkerProcess>();
  readonly #stopping = new AbortController();
  #settings: TerminatorSettings | undefined;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  get pids(): readonly number[] {
    return [...this.#running].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  async start(): Promise<void> {
    const slots = Array.from({ length: this.#options.count }, () => this.#open());
    const results = await Promise.allSettled(slots);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) {
      for (const worker of this.#running) void this.#watch(worker);
      return;
    }
    for (const worker of this.#running) worker.kill();
    throw toAppError(failed.reason);
  }

  async configure(settings: TerminatorSettings): Promise<ListenerSettings[]> {
    const before = this.#settings;
    const known = new Set(before?.listeners.map(addressOf));
    for (const listener of settings.listeners) {
      // Port 0 is no address yet, and several workers cannot share what each is given alone.
      if (!known.has(addressOf(listener))) await probeAddress(listener.address, listener.port);
    }
    this.#settings = settings;
    const results = await Promise.allSettled(
      [...this.#running].map((worker) => worker.configure(settings)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) {
      return (
        results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])).at(0) ??
        []
      );
    }
    this.#settings = before;
    const earlier = before ?? { ...settings, listeners: [] };
    await Promise.allSettled([...this.#running].map((worker) => worker.configure(earlier)));
    throw toAppError(failed.reason);
  }

  async counters(): Promise<Counters[]> {
    const results = await Promise.allSettled([...this.#running].map((worker) => worker.count()));
    return results.flatMap((result) =>
      result.status === 'fulfilled' && result.value !== undefined ? [result.value] : [],
    );
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#running].map((worker) => worker.stop(deadlineMs)));
  }

  async #open(): Promise<WorkerProcess> {
    const { entry, args = [], execArgv = [], environment = {}, serveFeed } = this.#options;
    const worker = new WorkerProcess({ entry, args, execArgv, environment });
    this.#running.add(worker);
    void worker.ended.then(() => this.#running.delete(worker));
    serveFeed(worker.feedChannel);
    try {
      await worker.ready();
    } catch (thrown) {
      worker.kill();
      throw thrown;
    }
    return worker;
  }

  /** Replaces `worker` when it ends, later and later while its successors end soon, too. */
  async #watch(worker: WorkerProcess): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    let current: WorkerProcess | undefined = worker;
    let backoffMs = FIRST_BACKOFF_MS;
    try {
      for (;;) {
        const since = clock.now().getTime();
        await current?.ended;
        if (signal.aborted) return;
        if (clock.now().getTime() - since > STEADY_MS) backoffMs = FIRST_BACKOFF_MS;
        log.error(
          { pid: current?.pid, backoffMs },
          'a terminator worker ended; another is started',
        );
        await clock.sleep(backoffMs, signal);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
        current = await this.#replace();
      }
    } catch (thrown) {
      if (!isAbort(thrown, signal)) throw thrown;
    }
  }

  async #replace(): Promise<WorkerProcess | undefined> {
    try {
      const worker = await this.#open();
      if (this.#stopping.signal.aborted) await worker.stop(0);
      else if (this.#settings !== undefined) await worker.configure(this.#settings);
      return worker;
    } catch (thrown) {
      this.#options.log.error({ err: toAppError(thrown) }, 'a terminator worker did not come up');
      return undefined;
    }
  }
}

const FIRST_BACKOFF_MS = SECOND_MS;
const LONGEST_BACKOFF_MS = 30 * SECOND_MS;
const STEADY_MS = 60 * SECOND_MS;

function addressOf({ address, port }: ListenerSettings): string {
  return `${address} ${port}`;
}
