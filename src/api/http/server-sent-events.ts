/**
 * The steps of a job as server-sent events.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { type Clock, MINUTE_MS, SECOND_MS } from '../../core/clock.ts';
import type { Job } from './jobs.ts';

const HEARTBEAT_MS = 15 * SECOND_MS;
/** After this the client asks anew, and proves anew who it is. */
const LONGEST_MS = 30 * MINUTE_MS;

export interface JobStreamOptions {
  readonly find: () => Job;
  readonly follow: (listener: () => void) => () => void;
  /** The client has seen the steps before this one. */
  readonly from: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Events `step` (their id is its number), and at the end one `done` or `failed` with the job. */
export function streamJob(options: JobStreamOptions): Readable {
  return Readable.from(eventsOf(options), { objectMode: false, highWaterMark: 16 * 1024 });
}

async function* eventsOf(options: JobStreamOptions): AsyncGenerator<string> {
  const { find, follow, from, clock, signal } = options;
  let wake = Promise.withResolvers<void>();
  const stop = follow(() => wake.resolve());
  const endsAt = clock.now().getTime() + LONGEST_MS;
  let sent = from;
  try {
    yield 'retry: 2000\n\n';
    while (!signal.aborted && clock.now().getTime() < endsAt) {
      const job = find();
      for (const step of job.steps.slice(sent)) {
        sent += 1;
        yield event('step', step, sent);
      }
      if (job.state !== 'running') {
        yield event(job.state, job, sent);
        return;
      }
      const beat = new AbortController();
      const any = AbortSignal.any([signal, beat.signal]);
      const isWoken = await Promise.race([
        wake.promise.then(() => true),
        clock.sleep(HEARTBEAT_MS, any).then(
          () => false,
          () => true,
        ),
      ]);
      beat.abort();
      wake = Promise.withResolvers<void>();
      if (!isWoken) yield ': still here\n\n';
    }
  } finally {
    stop();
  }
}

function event(type: string, data: unknown, id: number): string {
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
