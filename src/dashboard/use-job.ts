/**
 * Follows a job of the API step by step.
 *
 * @module
 */
import { useEffect, useState } from 'preact/hooks';
import type { Job } from './answers.ts';
import { problemOf } from './client.ts';
import { followEvents } from './server-sent-events.ts';

/** @param onEnd called once with the job as it ended */
export function useJob(started: Job | undefined, onEnd: (job: Job) => void): Job | undefined {
  const [job, setJob] = useState(started);
  useEffect(() => {
    setJob(started);
    if (started === undefined) return undefined;
    if (started.state !== 'running') {
      onEnd(started);
      return undefined;
    }
    const left = new AbortController();
    follow(started, left.signal, setJob)
      .then((ended) => left.signal.aborted || onEnd(ended))
      .catch((thrown: unknown) => {
        if (left.signal.aborted) return;
        setJob({ ...started, state: 'failed', problem: problemOf(thrown) });
      });
    return () => left.abort();
  }, [started?.id]);
  return job;
}

async function follow(started: Job, signal: AbortSignal, show: (job: Job) => void): Promise<Job> {
  let job: Job = { ...started, steps: [] };
  for await (const { type, data } of followEvents(`/v1/jobs/${started.id}/events`, signal)) {
    const value: unknown = JSON.parse(data);
    if (type === 'step') job = { ...job, steps: [...job.steps, value as Job['steps'][number]] };
    else if (type === 'done' || type === 'failed') job = value as Job;
    else continue;
    show(job);
    if (job.state !== 'running') break;
  }
  return job;
}
