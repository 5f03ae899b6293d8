/**
 * What was asked for, as it goes on: each step when it happens, and how it ended.
 *
 * @module
 */
import type { Job } from '../answers.ts';
import { clockText, instantText, sentence } from '../format.ts';
import { Icon } from './icon.tsx';
import { ProblemPanel } from './problem-panel.tsx';

const STATES = { running: 'Under way', done: 'Done', failed: 'Failed' } as const;

export function JobProgress({ job, title }: { readonly job: Job; readonly title: string }) {
  const { state, steps, problem } = job;
  return (
    <section class="card job" aria-labelledby="job-title">
      <div class="card-head">
        <h2 id="job-title">{title}</h2>
        <p class={`job-state job-${state}`} role="status">
          {state === 'running' && <span class="spinner" aria-hidden="true" />}
          {state === 'done' && <Icon name="tick" />}
          {state === 'failed' && <Icon name="warning" />}
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
      {problem !== undefined && <ProblemPanel problem={problem} />}
    </section>
  );
}
