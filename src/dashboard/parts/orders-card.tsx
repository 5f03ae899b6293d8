/**
 * The orders of a certificate at its CAs, the newest first.
 *
 * @module
 */
import type { Order } from '../answers.ts';
import { sentence } from '../format.ts';
import { orderReason } from '../order-reasons.ts';
import { Instant } from './instant.tsx';
import { ScrollTable } from './scroll-table.tsx';
import { Badge, type BadgeProps } from './status-badge.tsx';

const COLUMNS = ['Begun', 'State', 'Issuer', 'Why, and what came of it'] as const;

const STATES: Readonly<Record<Order['state'], BadgeProps>> = {
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
        <ScrollTable of="orders" columns={COLUMNS}>
          {orders.map((order) => (
            <OrderRow key={order.id} {...order} />
          ))}
        </ScrollTable>
      )}
    </section>
  );
}

function OrderRow({ state, issuer, reason, error, url, challenge, createdAt, isRehearsal }: Order) {
  return (
    <tr>
      <td class="nowrap">
        <Instant at={createdAt} />
      </td>
      <td>
        <Badge {...STATES[state]} />
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
