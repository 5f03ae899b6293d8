/**
 * The orders of a certificate at its CAs, the newest first.
 *
 * @module
 */
import type { Order } from '../answers.ts';
import { sentence } from '../format.ts';
import { orderReason } from '../order-reasons.ts';
import { Icon, type IconName } from './icon.tsx';
import { Instant } from './instant.tsx';

const STATES: Readonly<Record<Order['state'], { label: string; icon: IconName; status: string }>> =
  {
    unfinished: { label: 'Unfinished', icon: 'clock', status: 'pending' },
    issued: { label: 'Issued', icon: 'tick', status: 'valid' },
    rehearsed: { label: 'Rehearsed', icon: 'tick', status: 'revoked' },
    failed: { label: 'Failed', icon: 'warning', status: 'failing' },
    abandoned: { label: 'Abandoned', icon: 'slash', status: 'revoked' },
  };

export function OrdersCard({ orders }: { readonly orders: readonly Order[] }) {
  return (
    <section class="card" aria-labelledby="orders-title">
      <h2 id="orders-title">Orders</h2>
      {orders.length === 0 ? (
        <p class="muted">No CA was asked yet.</p>
      ) : (
        <div class="table-scroll" role="region" aria-label="Table of orders" tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Begun</th>
                <th scope="col">State</th>
                <th scope="col">Issuer</th>
                <th scope="col">Why, and what came of it</th>
              </tr>
            </thead>
            <tbody>
              {orders.map((order) => (
                <OrderRow key={order.id} {...order} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function OrderRow({ state, issuer, reason, error, url, challenge, createdAt, isRehearsal }: Order) {
  const { label, icon, status } = STATES[state];
  return (
    <tr>
      <td class="nowrap">
        <Instant at={createdAt} />
      </td>
      <td>
        <span class={`badge status-${status}`}>
          <Icon name={icon} />
          {label}
        </span>
      </td>
      <td>
        {issuer}
        {isRehearsal === true && <span class="muted small"> staging</span>}
      </td>
      <td>
        <p>
          {orderReason(reason)}
          {challenge !== undefined && <span class="muted"> Challenge {challenge}.</span>}
        </p>
        {error !== undefined && (
          <p>
            {sentence(error.message)} {error.mend}
          </p>
        )}
        {url !== undefined && (
          <p class="muted small">
            <code>{url}</code>
          </p>
        )}
      </td>
    </tr>
  );
}
