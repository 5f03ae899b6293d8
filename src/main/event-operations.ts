/**
 * The operations about events.
 *
 * @module
 */
import type { DeadDelivery, EventOperations } from '../api/event-operations.ts';
import type { NotifySettings } from '../config/resolve-notify.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { newId } from '../core/id.ts';
import { parseName } from '../core/names.ts';
import { fitsType, isEventPattern } from '../notify/subscription.ts';
import { type EventView, viewEvent } from '../observe/events/event.ts';
import { EVENT_TYPES, type EventType } from '../observe/events/catalogue.ts';
import type { Delivery } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import { createNotifier } from './notifiers.ts';

export function createEventOperations(context: {
  readonly store: Store;
  readonly clock: Clock;
  readonly notify: () => readonly NotifySettings[];
}): EventOperations {
  const { store, clock, notify } = context;
  return {
    async listEvents({ events: patterns, name, within, since, until, ...filter }) {
      const types = patterns === undefined ? undefined : typesOf(patterns);
      // What was removed by its age does not keep those from going on who have read beyond it.
      if (filter.order === 'newest' && filter.from !== undefined) await find(filter.from);
      const { events, end } = await store.events.page({
        ...filter,
        types,
        name: name === undefined ? undefined : parseName(name),
        within: within?.map(parseName),
        since: since === undefined ? undefined : new Date(since),
        until: until === undefined ? undefined : new Date(until),
      });
      return { items: events.map(viewEvent), ...(end === undefined ? {} : { next: end }) };
    },
    showEvent: async ({ id }) => viewEvent(await find(id)),
    async listDeadDeliveries({ after, ...filter }) {
      const place = after && { ...after, deadAt: new Date(after.deadAt) };
      return (await store.deliveries.dead({ ...filter, after: place })).flatMap(viewDead);
    },
    deliveryBacklog: () => store.deliveries.backlog(),
    async testSubscription({ subscription }, _report, signal) {
      const settings = notify().find((each) => each.subscription.name === subscription);
      if (settings === undefined) {
        throw new AppError('subscription/unknown', `there is no subscription ${subscription}`, {
          mend: 'Name one of those below the key notify of the configuration.',
        });
      }
      const now = clock.now();
      const event: EventView = {
        id: newId(now),
        type: 'delivery.test.v1',
        timestamp: now.toISOString(),
        names: [],
        data: { subscription },
      };
      const notifier = createNotifier(settings.channel, clock);
      if ('digest' in notifier) await notifier.sendAll([event], signal);
      else await notifier.send(event, signal);
      return { subscription, event, milliseconds: clock.now().getTime() - now.getTime() };
    },
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

function typesOf(patterns: readonly string[]): EventType[] {
  const unknown = patterns.find((pattern) => !isEventPattern(pattern));
  if (unknown !== undefined) {
    throw new AppError('input/invalid', `no event is of the type ${unknown.slice(0, 100)}`, {
      mend: 'See `certctl events types`.',
    });
  }
  return EVENT_TYPES.filter((type) => patterns.some((pattern) => fitsType(pattern, type)));
}

function viewDead({ event, subscription, attempts, error, deadAt }: Delivery): DeadDelivery[] {
  if (deadAt === undefined) return [];
  const view = { subscription, event: viewEvent(event), attempts, error: error ?? '' };
  return [{ ...view, deadAt: deadAt.toISOString() }];
}
