/**
 * What can be asked about events, with the shapes of the requests.
 *
 * @module
 */
import { z } from 'zod';
import type { EventView } from '../observe/events/event.ts';
import type { Reporter } from '../observe/progress.ts';

const text = z.string().max(300);
const limit = z.int().min(1).max(1_000);

export const EVENT_REQUESTS = {
  listEvents: z.strictObject({
    /** Of the certificate that has this name. */
    name: text.optional(),
    /** Types, whole or up to a `*` at the end. */
    events: z.array(text).min(1).max(100).optional(),
    limit,
    /** The id of an event: only what came before it. */
    before: text.optional(),
  }),
  listDeadDeliveries: z.strictObject({ subscription: text.optional(), limit }),
  deliveryBacklog: z.strictObject({}),
  replayDeliveries: z.strictObject({ subscription: text.optional(), eventId: text.optional() }),
};

type Body<K extends keyof typeof EVENT_REQUESTS> = z.output<(typeof EVENT_REQUESTS)[K]>;

export interface EventOperations {
  /** The newest first. */
  listEvents(
    body: Body<'listEvents'>,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<readonly EventView[]>;
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
  /** Everything that was given up where nothing is chosen. @throws `event/not-found`. */
  replayDeliveries(
    body: Body<'replayDeliveries'>,
    report: Reporter,
    signal: AbortSignal,
  ): Promise<{ readonly replayed: number }>;
}

export interface DeadDelivery {
  readonly subscription: string;
  readonly event: EventView;
  readonly attempts: number;
  readonly error: string;
  readonly deadAt?: string;
}

export interface DeliveryBacklog {
  readonly subscription: string;
  readonly waiting: number;
  readonly dead: number;
}
