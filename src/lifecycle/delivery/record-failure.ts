/**
 * What becomes of deliveries that a receiver did not take: tried again later, or given up.
 *
 * @module
 */
import type { Clock, Random } from '../../core/clock.ts';
import { toAppError } from '../../core/errors.ts';
import type { Subscription } from '../../notify/subscription.ts';
import type { NewEvent } from '../../observe/events/event.ts';
import { bounded, failureOf } from '../../observe/events/fields.ts';
import type { Log } from '../../observe/log.ts';
import type { Delivery } from '../../store/deliveries.ts';
import type { Store } from '../../store/store.ts';
import { nextDelivery } from './back-off.ts';

export interface DeliveryContext {
  readonly store: Pick<Store, 'deliveries'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** @param deliveries those of one attempt, one at least */
export async function recordFailure(
  { store, clock, random, log }: DeliveryContext,
  { name, retryForMs }: Subscription,
  deliveries: readonly Delivery[],
  thrown: unknown,
): Promise<void> {
  const failure = toAppError(thrown);
  const { message, mend, retryAt } = failure;
  const error = bounded(message);
  const now = clock.now();
  const judged = deliveries.map((delivery) => {
    const attempts = delivery.attempts + 1;
    const failed = { attempts, takenAt: delivery.takenAt, retryForMs, retryAt };
    return { delivery, attempts, nextAt: nextDelivery(failed, now, random) };
  });
  const later = judged.flatMap(({ nextAt, ...one }) =>
    nextAt === undefined ? [] : [{ ...one, nextAt }],
  );
  const [first] = later;
  if (first !== undefined) {
    const { delivery, attempts, nextAt } = first;
    log.warn({ ...factsOf(delivery), events: later.length, attempts, mend, nextAt }, message);
    await store.deliveries.postpone(later, error);
  }
  for (const { delivery, attempts, nextAt } of judged) {
    if (nextAt !== undefined) continue;
    log.error({ ...factsOf(delivery), attempts, mend }, `given up: ${message}`);
    const { id, type, names } = delivery.event;
    const data = { subscription: name, eventId: id, eventType: type, attempts };
    const told: NewEvent = {
      type: 'delivery.dead.v1',
      names,
      data: { ...data, error: failureOf(failure) },
    };
    // Two receivers that are both gone would tell of each other for ever.
    const isOfThese = type === 'delivery.dead.v1';
    const end = { attempts, at: now, error };
    await store.deliveries.bury(delivery, end, isOfThese ? undefined : told);
  }
}

function factsOf({ subscription, event }: Delivery) {
  return { subscription, event: event.id, type: event.type };
}
