/**
 * The resources about events: what happened, as a list and as it happens, and who was told of it.
 *
 * @module
 */
import { z } from 'zod';
import { type EventFilter, deadPlace, placeOf } from '../event-operations.ts';
import { certificateName, id, instant } from '../leaves.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { pageQuery } from './certificate-routes.ts';
import { streamEvents } from './event-stream.ts';
import { type Route, route } from './route.ts';
import * as schemas from './schemas.ts';

const TAG = 'events';

const filter = {
  type: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Types, or their beginning and a *; commas between several: certificate.*,token.*'),
  certificate: id.optional(),
  name: certificateName.optional().describe('That they are about, itself or by a wildcard.'),
};

export const replay = z.strictObject({
  subscription: z.string().min(1).max(300).optional().describe('Only what was given up for this.'),
  event: id.optional().describe('Only this event.'),
});

export const EVENT_ROUTES: readonly Route[] = [
  route(
    {
      method: 'GET',
      path: '/v1/events',
      id: 'listEvents',
      summary: 'What happened. A page may be short: the last one has no next.',
      tag: TAG,
      access: 'listEvents',
      query: z.strictObject({
        ...pageQuery,
        ...filter,
        since: instant.optional(),
        until: instant.optional().describe('Not those of this instant.'),
        order: z
          .enum(['newest', 'oldest'])
          .default('newest')
          .describe('Which come first. Of the oldest every page has a next: more may come.'),
      }),
      status: 200,
      answer: schemas.pageOf(schemas.event),
      errors: ['input/invalid', 'event/not-found'],
    },
    async ({ query, operations, report, signal }) => {
      const { limit, cursor, order, since, until } = query;
      const from = cursor === undefined ? undefined : decodeCursor(cursor).id;
      const body = { ...filterOf(query), since, until, order, limit, from };
      const { items, next } = await operations.listEvents(body, report, signal);
      return {
        body: { items, ...(next === undefined ? {} : { next: encodeCursor({ id: next }) }) },
      };
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/events/{id}',
      id: 'getEvent',
      summary: 'One event.',
      tag: TAG,
      access: 'showEvent',
      params: z.strictObject({ id }),
      status: 200,
      answer: schemas.event,
      errors: ['event/not-found'],
    },
    async ({ params, operations, report, signal }) => ({
      body: await operations.showEvent(params, report, signal),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/events/stream',
      id: 'followEvents',
      summary:
        'Events as they happen. The data of each message is an event, its id that of the event.',
      tag: TAG,
      access: 'listEvents',
      query: z.strictObject({
        ...filter,
        after: id
          .optional()
          .describe('The id of an event: begin after it, and not now. Last-Event-ID goes first.'),
      }),
      status: 200,
      answer: z.string(),
      type: 'text/event-stream',
      hasLastEventId: true,
      errors: ['input/invalid'],
    },
    (call) => {
      const { query, lastEventId } = call;
      const seen = lastEventId !== undefined && id.safeParse(lastEventId).success;
      return streamEvents(call, filterOf(query), seen ? lastEventId : query.after);
    },
  ),
  route(
    {
      method: 'GET',
      path: '/v1/subscriptions',
      id: 'listSubscriptions',
      summary: 'How many events wait for each subscription, and how many were given up.',
      tag: TAG,
      access: 'deliveryBacklog',
      status: 200,
      answer: z.strictObject({ items: z.array(schemas.backlog) }),
    },
    async ({ operations, report, signal }) => ({
      body: { items: await operations.deliveryBacklog({}, report, signal) },
    }),
  ),
  route(
    {
      method: 'POST',
      path: '/v1/subscriptions/{name}/test',
      id: 'testSubscription',
      summary: 'Send an event of the type delivery.test.v1 to its receiver, at once.',
      tag: TAG,
      access: 'testSubscription',
      params: z.strictObject({ name: z.string().min(1).max(300) }),
      status: 200,
      answer: schemas.subscriptionTest,
      errors: ['subscription/unknown', 'delivery/failed', 'delivery/refused'],
    },
    async ({ params, operations, report, signal }) => ({
      body: await operations.testSubscription({ subscription: params.name }, report, signal),
    }),
  ),
  route(
    {
      method: 'GET',
      path: '/v1/deliveries/dead',
      id: 'listDeadDeliveries',
      summary: 'What could not be delivered and was given up, the newest first.',
      tag: TAG,
      access: 'listDeadDeliveries',
      query: z.strictObject({
        ...pageQuery,
        subscription: z.string().min(1).max(300).optional(),
      }),
      status: 200,
      answer: schemas.pageOf(schemas.deadDelivery),
    },
    async ({ query: { cursor, limit, subscription }, operations, report, signal }) => {
      const after = cursor === undefined ? undefined : decodeCursor(cursor, deadPlace);
      const body = { limit, subscription, after };
      const items = await operations.listDeadDeliveries(body, report, signal);
      const last = items.length < limit ? undefined : items.at(-1);
      return { body: { items, ...(last && { next: encodeCursor(placeOf(last)) }) } };
    },
  ),
  route(
    {
      method: 'POST',
      path: '/v1/deliveries/replay',
      id: 'replayDeliveries',
      summary: 'Try again what was given up: one event, those of one subscription, or all.',
      tag: TAG,
      access: 'replayDeliveries',
      body: replay,
      status: 200,
      answer: schemas.replayed,
      idempotency: 'kept',
      errors: ['event/not-found'],
    },
    async ({ body: { subscription, event }, operations, report, signal }) => ({
      body: await operations.replayDeliveries({ subscription, eventId: event }, report, signal),
    }),
  ),
];

function filterOf(query: {
  type?: string | undefined;
  certificate?: string | undefined;
  name?: string | undefined;
}): EventFilter {
  return {
    events: query.type?.split(','),
    certificateId: query.certificate,
    name: query.name,
  };
}
