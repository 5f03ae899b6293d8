/**
 * What can be asked about events, with the shapes of the requests.
 *
 * @module
 */
import { z } from 'zod';
import type { EventView } from '../observe/events/event.ts';
import type { Reporter } from '../observe/progress.ts';
import { certificateName, id, instant } from './leaves.ts';

const text = z.string().max(300);
const limit = z.int().min(1).max(1_000);

/** Where one is in the list of what was given up. */
export const deadPlace = z.strictObject({ deadAt: instant, eventId: id, subscription: text });

export const EVENT_REQUESTS = {
  listEvents: z.strictObject({
    /** Set by who checks the caller, never by the caller. */
    within: z.array(certificateName).max(100).optional(),
    order: z.enum(['newest', 'oldest']),
    certificateId: id.optional(),
    /** That they are about, itself or by a wildcard. */
    name: text.optional(),
    /** Types, whole or up to a `*` at the end. */
    events: z.array(text).min(1).max(100).optional(),
    since: instant.optional(),
    /** Not those of this instant. */
    until: instant.optional(),
    limit,
    /** The id of an event: only what lies beyond it in this order. */
    from: text.optional(),
  }),
  showEvent: z.strictObject({ id }),
  listDeadDeliveries: z.strictObject({
    subscription: text.optional(),
    limit,
    /** The last one of the page before. */
    after: deadPlace.optional(),
  }),
  deliveryBacklog: z.strictObject({}),
  testSubscription: z.strictObject({ subscription: text }),
  replayDeliveries: z.strictObject({ subscription: text.optional(), eventId: text.optional() }),
};

type Body<K extends keyof typeof EVENT_REQUESTS> = z.output<(typeof EVENT_REQUESTS)[K]>;

export interface EventOperations {
  /** @throws `input/invalid` for types that no event has; `event/not-found`. */
  listEvents(body: Body<'listEvents'>, report: Reporter, signal: AbortSignal): Promise<EventList>;
  /** @throws `event/not-found`. */
  showEvent(body: Body<'showEvent'>, report: Reporter, signal: AbortSignal): Promise<EventView>;
  /** What was given up, the newest first. */
  listDeadDeliveries(
    body: Body<'listDeadDeliveries'>,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<readonly DeadDelivery[]>;
  deliveryBacklog(
    body: object,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<readonly DeliveryBacklog[]>;
  /**
   * Sends an event that says so to the receiver of the subscription, whatever it is subscribed to.
   * @throws `subscription/unknown`, `delivery/failed`, `delivery/refused`.
   */
  testSubscription(
    body: Body<'testSubscription'>,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<SubscriptionTest>;
  /** Everything that was given up where nothing is chosen. @throws `event/not-found`. */
  replayDeliveries(
    body: Body<'replayDeliveries'>,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<{ readonly replayed: number }>;
}

export interface EventList {
  readonly items: readonly EventView[];
  /**
   * Where the next page begins. A page may have less than its limit and not be the last one: so
   * much is looked at in one go. Of the oldest first there is one as soon as there is an event.
   */
  readonly next?: string;
}

export type EventFilter = Omit<Body<'listEvents'>, 'within' | 'order' | 'limit' | 'from'>;

export interface DeadDelivery {
  readonly subscription: string;
  readonly event: EventView;
  readonly attempts: number;
  readonly error: string;
  readonly deadAt: string;
}

export function placeOf({ deadAt, event, subscription }: DeadDelivery): z.output<typeof deadPlace> {
  return { deadAt, eventId: event.id, subscription };
}

export interface SubscriptionTest {
  readonly subscription: string;
  readonly event: EventView;
  /** Until the receiver had taken it. */
  readonly milliseconds: number;
}

export interface DeliveryBacklog {
  readonly subscription: string;
  readonly waiting: number;
  readonly dead: number;
}
