/**
 * The end of a list that goes on.
 *
 * @module
 */
import type { List } from '../use-list.ts';
import { ProblemPanel } from './problem-panel.tsx';

interface Props {
  readonly list: Omit<List<never>, 'items' | 'add'>;
  /** What it is a list of. */
  readonly what: string;
}

export function MoreButton({ list: { hasMore, isLoading, problem, loadMore }, what }: Props) {
  if (problem !== undefined) return <ProblemPanel problem={problem} onRetry={loadMore} />;
  if (isLoading) {
    return (
      <p class="loading" role="status">
        Loading {what}…
      </p>
    );
  }
  if (!hasMore) return null;
  return (
    <button type="button" class="button more" onClick={loadMore}>
      More {what}
    </button>
  );
}
