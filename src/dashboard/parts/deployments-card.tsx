/**
 * Where a certificate is brought to, and what each target has of it.
 *
 * @module
 */
import type { Deployment } from '../answers.ts';
import { sentence } from '../format.ts';
import { Icon } from './icon.tsx';
import { Instant } from './instant.tsx';
import { Badge, type BadgeProps } from './status-badge.tsx';

const STATES: Readonly<Record<Deployment['state'], BadgeProps>> = {
  deployed: { label: 'Deployed', icon: 'tick', status: 'valid' },
  outdated: { label: 'Has an older one', icon: 'clock', status: 'pending' },
  pending: { label: 'Pending', icon: 'clock', status: 'pending' },
  failing: { label: 'Failing', icon: 'warning', status: 'failing' },
};

interface Props {
  readonly deployments: readonly Deployment[];
  /** Absent where it is not offered. */
  readonly onDeploy?: (() => void) | undefined;
  readonly isBusy: boolean;
}

export function DeploymentsCard({ deployments, onDeploy, isBusy }: Props) {
  return (
    <section class="card" aria-labelledby="deployments-title">
      <div class="card-head">
        <h2 id="deployments-title">Deployments</h2>
        {onDeploy !== undefined && (
          <button type="button" class="button" disabled={isBusy} onClick={onDeploy}>
            <Icon name="deploy" />
            Deploy now
          </button>
        )}
      </div>
      <ul class="entries">
        {deployments.map(({ target, state, deployedAt, message, failure }) => (
          <li key={target}>
            <p class="entry-head">
              <strong>{target}</strong>
              <Badge {...STATES[state]} />
            </p>
            {deployedAt !== undefined && (
              <p class="muted small">
                Last deployed <Instant at={deployedAt} />
                {message === undefined ? '.' : `: ${message}.`}
              </p>
            )}
            {failure !== undefined && (
              <p class="small">
                {sentence(failure.error.message)} {failure.error.mend} Next attempt:{' '}
                <Instant at={failure.retryAt} />.
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
