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

  async function write(changed: OrderRecord): Promise<void> {
    await orders.update(changed);
    current = changed;
  }

  return {
    get entry(): JournalEntry {
      return current;
    },
    save: (change) => write({ ...current, ...change, updatedAt: clock.now() }),
    startOver(failedChallenges) {
      const { url: _url, finalizeUrl: _finalize, challenge: _type, ...kept } = current;
      return write({ ...kept, failedChallenges, updatedAt: clock.now() });
    },
  };
}
