/**
 * Work that takes longer than a request: its steps are kept and can be followed.
 *
 * @module
 */
import { type Clock, HOUR_MS, after } from '../../core/clock.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { newId } from '../../core/id.ts';
import type { Progress, Reporter } from '../../observe/progress.ts';
import { type Caller, callerKey } from '../access/caller.ts';
import { type Problem, problemOf } from './problem.ts';

export interface Job {
  readonly id: string;
  readonly operation: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly steps: readonly (Progress & { readonly at: string })[];
  readonly result?: unknown;
  readonly problem?: Problem;
}

export interface Jobs {
  /**
   * Begins the work. A fault of the request that shows at once is thrown, and there is no job.
   * @throws `api/too-many-requests` when too much is under way already
   */
  start(
    caller: Caller,
    operation: string,
    requestId: string,
    work: (report: Reporter) => Promise<unknown>,
  ): Promise<Job>;
  /** The newest first; those that the caller may see. */
  list(caller: Caller): Job[];
  /** @throws `api/not-found`. */
  find(caller: Caller, id: string): Job;
  /** Calls `listener` after each step and at the end; returns how to stop. */
  follow(id: string, listener: () => void): () => void;
}

export interface JobsOptions {
  readonly clock: Clock;
  readonly onFailure: (operation: string, requestId: string, error: AppError) => void;
}

const MOST_JOBS = 1_000;
const MOST_RUNNING = 100;
const MOST_STEPS = 500;
const KEPT_MS = HOUR_MS;
/** So long a fault of the request may take to show. */
const LOOK_MS = 300;
const FAULTS_OF_OURS = 500;

interface Entry {
  job: Job;
  readonly owner: string;
  readonly listeners: Set<() => void>;
}

export function createJobs({ clock, onFailure }: JobsOptions): Jobs {
  const entries = new Map<string, Entry>();

  function change(entry: Entry, job: Partial<Job>): void {
    entry.job = { ...entry.job, ...job };
    for (const listener of entry.listeners) listener();
  }

  function makeRoom(): void {
    const outdated = after(clock.now(), -KEPT_MS).toISOString();
    for (const [id, { job }] of entries) {
      const isOld = job.finishedAt !== undefined && job.finishedAt < outdated;
      if (isOld || (entries.size >= MOST_JOBS && job.state !== 'running')) entries.delete(id);
    }
    const running = [...entries.values()].filter(({ job }) => job.state === 'running').length;
    if (running < MOST_RUNNING) return;
    throw new AppError('api/too-many-requests', `${running} jobs are under way already`, {
      mend: 'Wait until some of them have ended.',
      retryAt: after(clock.now(), LOOK_MS * 100),
    });
  }

  return {
    async start(caller, operation, requestId, work) {
      makeRoom();
      const now = clock.now();
      const id = newId(now);
      const entry: Entry = {
        job: { id, operation, state: 'running', createdAt: now.toISOString(), steps: [] },
        owner: callerKey(caller),
        listeners: new Set(),
      };
      const report: Reporter = (progress) => {
        const { steps } = entry.job;
        if (steps.length >= MOST_STEPS) return;
        const at = clock.now().toISOString();
        change(entry, { steps: [...steps, { ...progress, at }] });
      };
      entries.set(id, entry);
      let fault: AppError | undefined;
      const running = work(report).then(
        (result) => change(entry, { state: 'done', result, finishedAt: clock.now().toISOString() }),
        (thrown: unknown) => {
          const error = toAppError(thrown);
          onFailure(operation, requestId, error);
          if (error.spec.status < FAULTS_OF_OURS) fault = error;
          const problem = problemOf(error, requestId);
          change(entry, { state: 'failed', problem, finishedAt: clock.now().toISOString() });
        },
      );
      const waited = new AbortController();
      await Promise.race([running, clock.sleep(LOOK_MS, waited.signal).catch(() => undefined)]);
      waited.abort();
      if (fault === undefined) return entry.job;
      entries.delete(id);
      throw fault;
    },
    list: (caller) =>
      [...entries.values()]
        .filter((entry) => isVisible(entry, caller))
        .map(({ job }) => job)
        .toReversed(),
    find(caller, id) {
      const entry = entries.get(id);
      if (entry !== undefined && isVisible(entry, caller)) return entry.job;
      throw new AppError('api/not-found', `there is no job ${id}`, {
        mend: 'Jobs are kept for an hour after their end, and not beyond a restart.',
      });
    },
    follow(id, listener) {
      const listeners = entries.get(id)?.listeners;
      listeners?.add(listener);
      return () => void listeners?.delete(listener);
    },
  };
}

/** Who is bound to names sees its own jobs only. */
function isVisible({ owner }: Entry, caller: Caller): boolean {
  return caller.grant.patterns === undefined || owner === callerKey(caller);
}
