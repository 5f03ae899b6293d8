/**
 * The operations about events.
 *
 * @module
 */
import type { DeadDelivery, EventOperations } from '../api/event-operations.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { selectCertificates } from '../lifecycle/select.ts';
import { fitsType } from '../notify/subscription.ts';
import { viewEvent } from '../observe/events/event.ts';
import { EVENT_TYPES } from '../observe/events/catalogue.ts';
import type { Delivery } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';

export function createEventOperations(context: {
  readonly store: Store;
  readonly clock: Clock;
}): EventOperations {
  const { store, clock } = context;
  return {
    async listEvents({ name, events: patterns, limit, before }) {
      const types =
        patterns && EVENT_TYPES.filter((type) => patterns.some((p) => fitsType(p, type)));
      if (types?.length === 0) {
        throw new AppError('input/invalid', `no event is of the type ${patterns?.join(', ')}`, {
          mend: 'See `certctl events types`.',
        });
      }
      const position = before === undefined ? undefined : (await find(before)).position;
      const choose = { limit, types, before: position };
      if (name === undefined) return (await store.events.newest(choose)).map(viewEvent);
      const chosen = await selectCertificates(store, { name });
      const chosenIds = chosen.flatMap((each) => each?.certificate.id ?? []);
      const found = await Promise.all(
        chosenIds.map((certificateId) => store.events.newest({ ...choose, certificateId })),
      );
      return found
        .flat()
        .toSorted((left, right) => right.position - left.position)
        .slice(0, limit)
        .map(viewEvent);
    },
    listDeadDeliveries: async (filter) => (await store.deliveries.dead(filter)).map(viewDelivery),
    deliveryBacklog: () => store.deliveries.backlog(),
    async replayDeliveries({ eventId, subscription }) {
      const replayed = await store.deliveries.replay({ eventId, subscription }, clock.now());
      if (replayed === 0) {
        throw new AppError('event/not-found', 'nothing of that was given up', {
          mend: 'See `certctl events dead`.',
        });
      }
      return { replayed };
    },
  };

  async function find(id: string) {
    const event = await store.events.find(id);
    if (event !== undefined) return event;
    throw new AppError('event/not-found', `there is no event ${id.slice(0, 100)}`);
  }
}

function viewDelivery({ event, subscription, attempts, error, deadAt }: Delivery): DeadDelivery {
  return {
    subscription,
    event: viewEvent(event),
    attempts,
    error: error ?? '',
    ...(deadAt === undefined ? {} : { deadAt: deadAt.toISOString() }),
  };
}
