/**
 * What was asked for, as it goes on: each step when it happens, and how it ended.
 *
 * @module
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Job } from '../answers.ts';
import type { Outcome } from '../certificate-work.ts';
import { clockText, instantText, sentence } from '../format.ts';
import { Icon } from './icon.tsx';
import { ProblemPanel } from './problem-panel.tsx';

const STATES = {
  running: 'Under way',
  done: 'Done',
  partly: 'Done in part',
  failed: 'Failed',
} as const;

interface Props {
  readonly job: Job;
  readonly title: string;
  readonly outcome?: Outcome | undefined;
  /** Whoever asked for it is led to it. */
  readonly takesFocus?: boolean;
}

export function JobProgress({ job, title, outcome, takesFocus = false }: Props) {
  const { id, steps, problem } = job;
  const state = outcome?.isWhole === false ? 'partly' : job.state;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [id, takesFocus]);
  return (
    <section class="card job" aria-labelledby="job-title">
      <div class="card-head">
        <h2 id="job-title" ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <p class={`job-state job-${state}`} role="status">
          {state === 'running' && <span class="spinner" aria-hidden="true" />}
          {state === 'done' && <Icon name="tick" />}
          {(state === 'failed' || state === 'partly') && <Icon name="warning" />}
          {STATES[state]}
        </p>
      </div>
      <ol class="steps" aria-live="polite" aria-relevant="additions" aria-label="Steps">
        {steps.map(({ at, step, message }, index) => (
          <li key={index} class={step === 'warning' ? 'is-warning' : ''}>
            <span>{sentence(message)}</span>
            <time class="muted small" dateTime={at} title={instantText(at)}>
              {clockText(at)}
            </time>
          </li>
        ))}
        {state === 'running' && steps.length === 0 && <li class="muted">Beginning…</li>}
      </ol>
      {outcome !== undefined && (
        <p class="job-outcome" role="status">
          {outcome.text}
        </p>
      )}
      {problem !== undefined && <ProblemPanel problem={problem} />}
    </section>
  );
}
