/**
 * Delivers events: at least once, and those of one certificate one after the other.
 *
 * @module
 */
import type { Clock, Random } from '../../core/clock.ts';
import { SECOND_MS } from '../../core/clock.ts';
import { isAbort, toAppError } from '../../core/errors.ts';
import type { Notifier } from '../../notify/notifier.ts';
import { type Subscription, isWanted } from '../../notify/subscription.ts';
import { viewEvent } from '../../observe/events/event.ts';
import { bounded } from '../../observe/events/fields.ts';
import type { Log } from '../../observe/log.ts';
import type { Delivery } from '../../store/deliveries.ts';
import type { Store } from '../../store/store.ts';
import { nextDelivery } from './back-off.ts';

export interface Receiver {
  readonly subscription: Subscription;
  readonly notifier: Notifier;
}

export interface DeliveryContext {
  readonly store: Pick<Store, 'deliveries'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const AT_ONCE = 8;
const TAKEN_AT_ONCE = 500;
const LOOK_EVERY_MS = SECOND_MS;
const LOOK_AFTER_FAULT_MS = 5 * SECOND_MS;

/** Runs until `signal` is aborted; what is under way then is delivered again later. */
export async function deliverAll(
  context: DeliveryContext,
  receivers: readonly Receiver[],
  signal: AbortSignal,
): Promise<void> {
  await context.store.deliveries.subscribe(
    receivers.map(({ subscription }) => subscription.name),
    context.clock.now(),
  );
  await Promise.all(receivers.map((receiver) => deliverTo(context, receiver, signal)));
}

async function deliverTo(
  context: DeliveryContext,
  receiver: Receiver,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = context;
  const { name } = receiver.subscription;
  while (!signal.aborted) {
    try {
      const wasBusy = await deliverSome(context, receiver, signal);
      if (!wasBusy) await clock.sleep(LOOK_EVERY_MS, signal);
    } catch (thrown) {
      if (isAbort(thrown, signal)) return;
      log.error({ subscription: name, err: thrown }, 'events could not be delivered');
      await clock.sleep(LOOK_AFTER_FAULT_MS, signal).catch(() => undefined);
    }
  }
}

async function deliverSome(
  context: DeliveryContext,
  receiver: Receiver,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, clock } = context;
  const { subscription } = receiver;
  const seen = await store.deliveries.takeUp(
    subscription.name,
    (event) => isWanted(subscription, event),
    TAKEN_AT_ONCE,
    clock.now(),
  );
  // One of each certificate at most: the next one comes when this one has arrived.
  const due = await store.deliveries.due(subscription.name, clock.now(), AT_ONCE);
  const ends = await Promise.allSettled(
    due.map((delivery) => deliverOne(context, receiver, delivery, signal)),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return seen > 0 || due.length > 0;
}

async function deliverOne(
  { store, clock, random, log }: DeliveryContext,
  { subscription, notifier }: Receiver,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const { event } = delivery;
  try {
    await notifier.send(viewEvent(event), signal);
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    const { code, message, mend, retryAt } = toAppError(thrown);
    const attempts = delivery.attempts + 1;
    const error = bounded(message);
    const { retryForMs, name } = subscription;
    const failed = { attempts, takenAt: delivery.takenAt, retryForMs, retryAt };
    const nextAt = nextDelivery(failed, clock.now(), random);
    const facts = { subscription: name, event: event.id, type: event.type, attempts, mend };
    if (nextAt !== undefined) {
      log.warn({ ...facts, nextAt }, message);
      await store.deliveries.postpone(delivery, { attempts, nextAt, error });
      return;
    }
    log.error(facts, `given up: ${message}`);
    const told = { code, message: error, ...(mend === undefined ? {} : { mend }) };
    await store.deliveries.bury(
      delivery,
      { attempts, at: clock.now(), error },
      // Two receivers that are both gone would tell of each other for ever.
      event.type === 'delivery.dead.v1'
        ? undefined
        : {
            type: 'delivery.dead.v1',
            names: event.names,
            data: {
              subscription: name,
              eventId: event.id,
              eventType: event.type,
              attempts,
              error: told,
            },
          },
    );
    return;
  }
  await store.deliveries.confirm(delivery);
}
