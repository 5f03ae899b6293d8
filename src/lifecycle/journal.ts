/**
 * The order journal on the store: what an issuer saves survives a crash.
 *
 * @module
 */
import type { Clock } from '../core/clock.ts';
import type { JournalEntry, OrderJournal } from '../issuers/issuer.ts';
import type { OrderRecord } from '../store/records.ts';
import type { OrderTable } from '../store/store.ts';

export function openJournal(order: OrderRecord, orders: OrderTable, clock: Clock): OrderJournal {
  let current = order;
  return {
    get entry(): JournalEntry {
      return current;
    },
    async save(change) {
      const changed = { ...current, ...change, updatedAt: clock.now() };
      await orders.update(changed);
      current = changed;
    },
  };
}
