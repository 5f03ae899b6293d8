/**
 * Where a certificate is brought to, and what each target has of it.
 *
 * @module
 */
import type { Deployment } from '../answers.ts';
import { sentence } from '../format.ts';
import { Instant } from './instant.tsx';
import { Badge, type BadgeProps } from './status-badge.tsx';

const STATES: Readonly<Record<Deployment['state'], BadgeProps>> = {
  deployed: { label: 'Deployed', icon: 'tick', status: 'valid' },
  outdated: { label: 'Has an older one', icon: 'clock', status: 'pending' },
  pending: { label: 'Pending', icon: 'clock', status: 'pending' },
  failing: { label: 'Failing', icon: 'warning', status: 'failing' },
};

export function DeploymentsCard({ deployments }: { readonly deployments: readonly Deployment[] }) {
  return (
    <section class="card" aria-labelledby="deployments-title">
      <h2 id="deployments-title">Deployments</h2>
      <ul class="entries">
        {deployments.map(({ target, state, deployedAt, message, failure }) => (
          <li key={target}>
            <p class="entry-head">
              <strong>{target}</strong>
              <Badge {...STATES[state]} />
            </p>
            {deployedAt !== undefined && (
              <p class="muted small">
                {message !== undefined && sentence(message)} <Instant at={deployedAt} />
              </p>
            )}
            {failure !== undefined && (
              <p class="small">
                {sentence(failure.error.message)} {failure.error.mend} Tried again{' '}
                <Instant at={failure.retryAt} />.
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
