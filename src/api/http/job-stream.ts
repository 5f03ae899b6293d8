/**
 * The steps of a job as server-sent events.
 *
 * @module
 */
import { SECOND_MS } from '../../core/clock.ts';
import type { Answer, Call } from './route.ts';
import { message, type MessageSource, pause, streamAnswer } from './server-sent-events.ts';

const LOOK_EVERY_MS = SECOND_MS;

/** Events `step` (their id is its number), and at the end one `done` or `failed` with the job. */
export function streamJob(call: Call, id: string): Answer {
  const { jobs, caller, lastEventId } = call;
  jobs.find(caller, id);
  const from = /^\d{1,6}$/.test(lastEventId ?? '') ? Number(lastEventId) : 0;
  return streamAnswer(call, stepsOf(call, id, from));
}

async function* stepsOf(
  { jobs, caller, clock, signal }: Call,
  id: string,
  from: number,
): MessageSource {
  let wake = Promise.withResolvers<void>();
  const stop = jobs.follow(id, () => wake.resolve());
  let sent = from;
  try {
    while (!signal.aborted) {
      const job = jobs.find(caller, id);
      for (const step of job.steps.slice(sent)) {
        sent += 1;
        yield message(step, { event: 'step', id: String(sent) });
      }
      if (job.state !== 'running') {
        yield message(job, { event: job.state, id: String(sent) });
        return;
      }
      yield undefined;
      await pause(clock, LOOK_EVERY_MS, signal, wake.promise);
      wake = Promise.withResolvers<void>();
    }
  } finally {
    stop();
  }
}
