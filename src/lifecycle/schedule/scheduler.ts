/**
 * Wakes up when the next certificate needs attention, and looks after what is due.
 *
 * @module
 */
import { type ScheduledTask, schedule as scheduleCron, validate } from 'node-cron';
import { type Clock, HOUR_MS, SECOND_MS, after } from '../../core/clock.ts';
import type { Log } from '../../observe/log.ts';
import type { CertificateTable } from '../../store/store.ts';
import { startWakefulLoop } from '../wakeful-loop.ts';

export interface SchedulerOptions {
  readonly certificates: CertificateTable;
  /** Looks after one certificate; must move its `nextActionAt`, and must not throw. */
  readonly attend: (certificateId: string, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** When to look whatever the timers say, as a cron expression in UTC. */
  readonly sweep: string;
}

export interface Scheduler {
  /** Looks at once: something changed. */
  wake(): void;
  /** Changes the sweep of a running scheduler. */
  resweep(sweep: string): void;
  /** Stops taking up work and waits for what is under way, which is aborted. */
  stop(): Promise<void>;
}

const AT_ONCE = 20;
/** How many are taken from the store at once: finding the most urgent looks at all that are due. */
const QUEUE_LENGTH = 1_000;
/** News can wait that long while there is a queue, lest each certificate costs a look at all. */
const QUEUE_REFRESH_MS = 5 * SECOND_MS;
/** Timers drift when the machine sleeps; one hour bounds what a late one can cost. */
const LONGEST_SLEEP_MS = HOUR_MS;
/** A certificate whose attention did not move its next action must not make the loop spin. */
const SHORTEST_SLEEP_MS = SECOND_MS;

export function isCronExpression(expression: string): boolean {
  return validate(expression);
}

export function startScheduler(options: SchedulerOptions): Scheduler {
  const { certificates, clock, log } = options;
  const inFlight = new Map<string, Promise<void>>();
  /** Who was attended to just now, and until when it is left alone although it be due again. */
  const resting = new Map<string, Date>();
  let queue: string[] = [];
  let queuedAt = clock.now();
  let hasNews = true;
  let cron = sweepBy(options.sweep);

  function sweepBy(expression: string): ScheduledTask {
    return scheduleCron(expression, wake, { timezone: 'UTC', noOverlap: true });
  }

  function wake(): void {
    hasNews = true;
    loop.wake();
  }

  async function takeUp(signal: AbortSignal): Promise<void> {
    if (inFlight.size >= AT_ONCE) return;
    const now = clock.now();
    for (const [id, until] of resting) {
      // A rest that lasts longer than any was begun before the clock was set back.
      if (until <= now || until > after(now, SHORTEST_SLEEP_MS)) resting.delete(id);
    }
    await refill(now);
    while (inFlight.size < AT_ONCE) {
      const id = queue.shift();
      if (id === undefined) return;
      if (!inFlight.has(id) && !resting.has(id)) begin(id, signal);
    }
  }

  async function refill(now: Date): Promise<void> {
    const isOld = Math.abs(now.getTime() - queuedAt.getTime()) >= QUEUE_REFRESH_MS;
    if (queue.length > 0 && !(hasNews && isOld)) return;
    hasNews = false;
    queuedAt = now;
    const due = await certificates.due(now, QUEUE_LENGTH + inFlight.size + resting.size);
    queue = due.map(({ id }) => id);
  }

  function begin(id: string, signal: AbortSignal): void {
    const work = options.attend(id, signal).finally(() => {
      inFlight.delete(id);
      resting.set(id, after(clock.now(), SHORTEST_SLEEP_MS));
      loop.wake();
    });
    inFlight.set(id, work);
  }

  async function untilNext(): Promise<number> {
    const earliest = await certificates.earliestActionAt();
    const wait = (earliest?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now().getTime();
    return Math.min(Math.max(wait, SHORTEST_SLEEP_MS), LONGEST_SLEEP_MS);
  }

  const loop = startWakefulLoop({
    failure: 'the scheduler could not read the store',
    takeUp,
    untilNext,
    clock,
    log,
  });
  return {
    wake,
    resweep(sweep) {
      void cron.destroy();
      cron = sweepBy(sweep);
    },
    async stop() {
      await Promise.all([cron.destroy(), loop.stop()]);
      await Promise.allSettled(inFlight.values());
    },
  };
}
