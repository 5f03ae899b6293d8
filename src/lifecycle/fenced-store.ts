/**
 * The store as the holder of a lease may change it.
 *
 * @module
 */
import type { Fence, Store } from '../store/store.ts';

/**
 * The same store; what it changes of certificates, issuances and orders it changes under `fence`.
 * A process that slept through the loss of its lease finds its writes refused, not mixed with those
 * of its successor.
 */
export function fencedStore(store: Store, fence: Fence): Store {
  const { certificates, issuances, orders } = store;
  return {
    ...store,
    certificates: { ...certificates, update: (record) => certificates.update(record, fence) },
    issuances: { ...issuances, record: (entry) => issuances.record({ ...entry, fence }) },
    orders: {
      ...orders,
      open: (order, secret) => orders.open(order, secret, fence),
      update: (order) => orders.update(order, fence),
    },
  };
}
