/**
 * What went wrong, why, and what to do about it.
 *
 * @module
 */
import type { Problem } from '../answers.ts';
import { sentence } from '../format.ts';
import { Icon } from './icon.tsx';
import { Instant } from './instant.tsx';

interface Props {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}

export function ProblemPanel({ problem, onRetry }: Props) {
  const { detail, mend, retryAt, requestId, code } = problem;
  return (
    <div class="panel panel-bad" role="alert">
      <Icon name="warning" />
      <div>
        <p class="panel-title">{sentence(detail)}</p>
        {mend !== undefined && <p>{mend}</p>}
        {retryAt !== undefined && (
          <p>
            Not before <Instant at={retryAt} />.
          </p>
        )}
        <p class="muted small">
          <code>{code}</code>
          {requestId !== '' && (
            <>
              {' '}
              · request <code>{requestId}</code>
            </>
          )}
        </p>
        {onRetry !== undefined && (
          <button type="button" class="button" onClick={onRetry}>
            <Icon name="renew" />
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
