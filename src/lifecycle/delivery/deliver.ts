/**
 * Delivers events: at least once, and those of one certificate one after the other.
 *
 * @module
 */
import { after, SECOND_MS } from '../../core/clock.ts';
import { isAbort } from '../../core/errors.ts';
import type { DigestNotifier, Notifier } from '../../notify/notifier.ts';
import { type Subscription, isWanted } from '../../notify/subscription.ts';
import { viewEvent } from '../../observe/events/event.ts';
import type { Delivery } from '../../store/deliveries.ts';
import { type DeliveryContext, recordFailure } from './record-failure.ts';

export interface Receiver {
  readonly subscription: Subscription;
  readonly notifier: Notifier | DigestNotifier;
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
  const { subscription, notifier } = receiver;
  const seen = await store.deliveries.takeUp(
    subscription.name,
    (event) => isWanted(subscription, event),
    TAKEN_AT_ONCE,
    clock.now(),
  );
  const sent =
    'digest' in notifier
      ? await deliverTogether(context, subscription, notifier, signal)
      : await deliverEach(context, subscription, notifier, signal);
  return seen > 0 || sent > 0;
}

/** One of each certificate at most: the next one comes when this one has arrived. */
async function deliverEach(
  context: DeliveryContext,
  subscription: Subscription,
  notifier: Notifier,
  signal: AbortSignal,
): Promise<number> {
  const { store, clock } = context;
  const due = await store.deliveries.due(subscription.name, clock.now(), AT_ONCE);
  const ends = await Promise.allSettled(
    due.map((delivery) =>
      attempt(context, subscription, [delivery], signal, () =>
        notifier.send(viewEvent(delivery.event), signal),
      ),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return due.length;
}

/** What waits behind the first is in its order, and arrives with it. */
async function deliverTogether(
  context: DeliveryContext,
  subscription: Subscription,
  notifier: DigestNotifier,
  signal: AbortSignal,
): Promise<number> {
  const { store, clock } = context;
  const now = clock.now();
  const { afterMs, most } = notifier.digest;
  const takenUntil = after(now, -afterMs);
  const due = await store.deliveries.dueTogether(subscription.name, now, takenUntil, most);
  if (due.length === 0) return 0;
  const events = due.map(({ event }) => viewEvent(event));
  await attempt(context, subscription, due, signal, () => notifier.sendAll(events, signal));
  return due.length;
}

async function attempt(
  context: DeliveryContext,
  subscription: Subscription,
  deliveries: readonly Delivery[],
  signal: AbortSignal,
  send: () => Promise<void>,
): Promise<void> {
  try {
    await send();
  } catch (thrown) {
    if (isAbort(thrown, signal)) throw thrown;
    await recordFailure(context, subscription, deliveries, thrown);
    return;
  }
  await context.store.deliveries.confirm(deliveries);
}
