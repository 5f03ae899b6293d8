/**
 * What stands where something is about to be, and where nothing is.
 *
 * @module
 */
import type { ComponentChildren } from 'preact';
import type { Resource } from '../use-resource.ts';
import { ProblemPanel } from './problem-panel.tsx';

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

interface Props<T> {
  readonly of: Resource<T>;
  /** What is being loaded, e.g. `the certificate`. */
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}

/** What came is shown also when asking again failed; the failure stands above it. */
export function Loaded<T>({ of: { value, problem, reload }, what, children }: Props<T>) {
  return (
    <>
      {problem !== undefined && <ProblemPanel problem={problem} onRetry={reload} />}
      {value !== undefined && children(value)}
      {value === undefined && problem === undefined && (
        <p class="loading" role="status">
          Loading {what}…
        </p>
      )}
    </>
  );
}
