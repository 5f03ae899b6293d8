/**
 * Events through the API: who sees which, page by page and as they happen.
 *
 * @module
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { describe, expect, it } from 'vitest';
import { MOST_OF_CALLER } from '../../src/api/http/streams.ts';
import type { EventView } from '../../src/observe/events/event.ts';
import { type ApiAnswer, type ApiWorld, openApiWorld } from '../support/api-world.ts';

interface Listed {
  readonly items: readonly EventView[];
  readonly next?: string;
}

const SOON = { timeout: 10_000 };
const { signal } = new AbortController();
const ignore = (): void => {};
const listed = ({ body }: ApiAnswer): Listed => JSON.parse(body) as Listed;
const codeOf = ({ status, body }: ApiAnswer): string =>
  `${status} ${(JSON.parse(body) as { code: string }).code}`;
const gist = ({ items }: Listed): string[] =>
  items.map(({ type, names }) => `${type} ${names.join()}`);

describe('events', () => {
  it('are listed by filters, in pages and both orders, and one by one', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('viewer');
    const get = async (path: string) => listed(await world.send(`/v1/events${path}`, { token }));
    const issued = [
      '127.0.0.1,localhost',
      'b.customer.net',
      'a.customer.net',
      'app.example.com',
    ].map((name) => `certificate.issued.v1 ${name}`);
    expect(gist(await get('?type=certificate.*&limit=4'))).toEqual(issued);
    expect(gist(await get('?name=a.customer.net'))).toEqual([issued[2]]);
    const [event] = (await get('?name=a.customer.net')).items;
    expect((await get(`?certificate=${event?.certificateId}`)).items).toEqual([event]);
    expect((await get(`?until=${event?.timestamp}&type=certificate.issued.v1`)).items).toHaveLength(
      1,
    );
    expect((await get(`?since=${event?.timestamp}&type=certificate.issued.v1`)).items).toHaveLength(
      3,
    );
    expect(await get('?type=certificate.expired.v1')).toEqual({ items: [] });
    const found: string[] = [];
    let next: string | undefined;
    do {
      const page = await get(
        `?order=oldest&type=certificate.issued.v1&limit=2${next === undefined ? '' : `&cursor=${next}`}`,
      );
      found.push(...gist(page));
      next = page.items.length === 0 ? undefined : page.next;
    } while (next !== undefined);
    expect(found).toEqual(issued.toReversed());
    const one = await world.send(`/v1/events/${event?.id}`, { token });
    expect(JSON.parse(one.body)).toEqual(event);
    const gone = '0'.repeat(31);
    expect(codeOf(await world.send(`/v1/events/${gone}`, { token }))).toBe('404 event/not-found');
    expect(codeOf(await world.send('/v1/events?type=certificate', { token }))).toBe(
      '422 input/invalid',
    );
    expect(codeOf(await world.send('/v1/events?since=yesterday', { token }))).toBe(
      '400 api/invalid',
    );
  });

  it('are for a token that is bound to names those about these alone', async () => {
    await using world = await openApiWorld();
    await issueShared(world);
    await world.control.store.events.append([
      { type: 'keyring.rotated.v1', names: [], data: { kekId: 'a', previousKekId: 'b' } },
    ]);
    const { secret: token } = await world.createToken('admin', ['*.customer.net']);
    const mine = listed(await world.send('/v1/events?order=oldest', { token }));
    expect(gist(mine)).toEqual([
      'certificate.issued.v1 a.customer.net',
      'certificate.issued.v1 b.customer.net',
    ]);
    const { items } = await world.operations.listEvents(
      { order: 'newest', limit: 100 },
      ignore,
      signal,
    );
    for (const { id, names } of items) {
      const { status } = await world.send(`/v1/events/${id}`, { token });
      const isMine = names.length > 0 && names.every((name) => /^[ab]\.customer/.test(name));
      expect([id, status]).toEqual([id, isMine ? 200 : 403]);
    }
    for (const path of ['/v1/subscriptions', '/v1/deliveries/dead']) {
      expect(codeOf(await world.send(path, { token }))).toBe('403 permission/denied');
    }
  });

  it('that were given up are shown in pages', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator');
    const { deliveries } = world.control.store;
    const subscriptions = ['chat', 'mail', 'pager'];
    await deliveries.subscribe(subscriptions, new Date());
    await world.operations.renew({ names: ['app.example.com'] }, ignore, signal);
    for (const name of subscriptions) {
      await deliveries.takeUp(name, () => true, 100, new Date());
      const [due] = await deliveries.due(name, new Date(), 1);
      if (due === undefined) throw new Error('nothing is due');
      await deliveries.bury(due, { attempts: 3, at: new Date(5_000), error: 'gone' });
    }
    const shown: string[] = [];
    let path = '/v1/deliveries/dead?limit=1';
    for (;;) {
      const { items, next } = JSON.parse((await world.send(path, { token })).body);
      shown.push(...items.map(({ subscription }: { subscription: string }) => subscription));
      if (next === undefined) break;
      path = `/v1/deliveries/dead?limit=1&cursor=${next}`;
    }
    expect(shown).toEqual(['pager', 'mail', 'chat']);
    const foreign = Buffer.from('{"id":"a"}').toString('base64url');
    const answer = await world.send(`/v1/deliveries/dead?cursor=${foreign}`, { token });
    expect(codeOf(answer)).toBe('400 api/invalid');
  });

  it('that were given up are shown, and replayed once for one key', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('operator');
    const { deliveries } = world.control.store;
    await deliveries.subscribe(['chat'], new Date());
    await world.operations.renew({ names: ['app.example.com'] }, ignore, signal);
    await deliveries.takeUp('chat', () => true, 100, new Date());
    const [due] = await deliveries.due('chat', new Date(), 1);
    if (due === undefined) throw new Error('nothing is due');
    await deliveries.bury(due, { attempts: 3, at: new Date(), error: 'it answers 500' });
    const backlog = await world.send('/v1/subscriptions', { token });
    expect(JSON.parse(backlog.body)).toMatchObject({
      items: [{ subscription: 'chat', dead: 1 }],
    });
    const dead = await world.send('/v1/deliveries/dead?subscription=chat', { token });
    expect(JSON.parse(dead.body)).toMatchObject({
      items: [{ event: { id: due.event.id }, attempts: 3, error: 'it answers 500' }],
    });
    const replay = {
      method: 'POST',
      token,
      body: { event: due.event.id },
      headers: { 'idempotency-key': 'again' },
    };
    expect((await world.send('/v1/deliveries/replay', replay)).body).toBe('{"replayed":1}');
    expect((await world.send('/v1/deliveries/replay', replay)).body).toBe('{"replayed":1}');
    const [audited] = await world.operations.listAudit({ limit: 1 }, ignore, signal);
    expect(audited).toMatchObject({
      operation: 'replayDeliveries',
      before: { eventId: due.event.id },
      after: { replayed: 1 },
    });
    const late = { method: 'POST', token, body: {} };
    expect(codeOf(await world.send('/v1/deliveries/replay', late))).toBe('404 event/not-found');
  });
});

describe('the stream of events', () => {
  it('tells what happens, from now on or after an event, and by filters', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('viewer');
    await using all = await openStream(world, token);
    await using filtered = await openStream(world, token, '?name=a.customer.net&type=*.renewed.v1');
    await using other = await openStream(world, token, '?type=certificate.renewed.v1');
    expect(filtered.status).toBe(422);
    await world.operations.renew({ names: ['a.customer.net'] }, ignore, signal);
    await expect.poll(() => gist(other), SOON).toEqual(['certificate.renewed.v1 a.customer.net']);
    await expect.poll(() => gist(all), SOON).toContain('certificate.renewed.v1 a.customer.net');
    const { items } = listed(
      await world.send('/v1/events?order=oldest&type=certificate.issued.v1', { token }),
    );
    await using again = await openStream(world, token, `?after=${items[0]?.id}&type=certificate.*`);
    await using resumed = await openStream(world, token, `?after=${items[0]?.id}`, items[3]?.id);
    await expect.poll(() => again.items.slice(0, 3), SOON).toEqual(items.slice(1));
    const types = () => resumed.items.map(({ type }) => type);
    await expect.poll(types, SOON).toEqual(['token.created.v1', 'certificate.renewed.v1']);
    expect(all.text()).toMatch(/^retry: \d+\n\nid: [0-9a-z]+\ndata: \{"id":/);
  });

  it('has for a token that is bound to names those about these alone', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('viewer', ['b.customer.net']);
    await using stream = await openStream(world, token);
    await world.operations.renew({ names: ['a.customer.net'] }, ignore, signal);
    await world.operations.renew({ names: ['b.customer.net'] }, ignore, signal);
    await expect.poll(() => gist(stream), SOON).toEqual(['certificate.renewed.v1 b.customer.net']);
  });

  it.each(['revoked', 'expired'])('ends when the token is %s', async (how) => {
    await using world = await openApiWorld();
    const expiresAt = new Date(Date.now() + 2_500).toISOString();
    const { token, secret } = await world.operations.createToken(
      { name: 'short', role: 'viewer', ...(how === 'expired' ? { expiresAt } : {}) },
      ignore,
      signal,
    );
    await using stream = await openStream(world, secret);
    expect(stream.status).toBe(200);
    if (how === 'revoked') await world.operations.revokeToken({ id: token.id }, ignore, signal);
    await expect.poll(() => stream.isEnded(), SOON).toBe(true);
  });

  it('is open so many times for one caller, and no more', async () => {
    await using world = await openApiWorld();
    const { secret: token } = await world.createToken('viewer');
    const { secret: other } = await world.createToken('viewer');
    const open = await Promise.all(
      Array.from({ length: MOST_OF_CALLER }, () => openStream(world, token)),
    );
    expect(codeOf(await world.send('/v1/events/stream', { token }))).toBe(
      '429 api/too-many-requests',
    );
    await using another = await openStream(world, other);
    expect(another.status).toBe(200);
    await Promise.all(open.map((each) => each[Symbol.asyncDispose]()));
    const statusOf = async () => {
      await using stream = await openStream(world, token);
      return stream.status;
    };
    await expect.poll(statusOf, SOON).toBe(200);
  });
});

async function issueShared(world: ApiWorld): Promise<void> {
  const names = ['shared.customer.net', 'shared.example.com'];
  await world.operations.issue(
    { names, wanted: {}, isForced: false, isDryRun: false },
    ignore,
    signal,
  );
}

interface OpenStream extends AsyncDisposable, Listed {
  readonly status: number | undefined;
  text(): string;
  isEnded(): boolean;
}

async function openStream(
  world: ApiWorld,
  token: string,
  query = '',
  lastEventId?: string,
): Promise<OpenStream> {
  const request = httpsRequest({
    host: '127.0.0.1',
    port: world.port,
    path: `/v1/events/stream${query}`,
    ca: world.rootPem,
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let said = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  response.on('error', () => undefined);
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  response.once('close', () => close());
  return {
    status: response.statusCode,
    text: () => said,
    get items() {
      const messages = said.split('\n\n').slice(0, -1);
      return messages.flatMap((message) => {
        const data = /^data: (.*)$/m.exec(message)?.[1];
        return data === undefined ? [] : [JSON.parse(data) as EventView];
      });
    },
    isEnded: () => response.complete,
    [Symbol.asyncDispose]: async () => {
      request.destroy();
      await closed;
    },
  };
}
