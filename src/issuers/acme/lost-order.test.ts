import { describe, expect, it } from 'vitest';
import { type Attempted, attemptOrder } from '../../../test/support/acme-attempt.ts';
import {
  type Answers,
  type Ca,
  openCa,
  orderBody,
  problem,
} from '../../../test/support/scripted-ca.ts';
import type { ScriptedAnswer } from '../../../test/support/https-server.ts';
import { AppError } from '../../core/errors.ts';
import type { JournalEntry, ObtainRequest } from '../issuer.ts';

const identifiers = [{ type: 'dns', value: 'a.example' }];

/** A CA that lists `listed` by path, and whose orders fail as soon as they are read or created. */
function caWith(listed: Readonly<Record<string, object>>, others: Answers = {}): Promise<Ca> {
  const paths = Object.keys(listed);
  return openCa({
    '/account/1': (_, base) => ({ body: { status: 'valid', orders: `${base}/orders` } }),
    '/orders': (_, base) => ({ body: { orders: paths.map((path) => `${base}${path}`) } }),
    '/order': (_, base) => ({
      status: 201,
      headers: { location: `${base}/order/new` },
      body: orderBody(base, { status: 'invalid', identifiers }),
    }),
    ...Object.fromEntries(
      paths.map((path) => [
        path,
        (_, base) => ({ body: orderBody(base, { identifiers, ...listed[path] }) }),
      ]),
    ),
    '/authorization/1': () => problem(403, 'unauthorized'),
    ...others,
  });
}

/** The journal after an attempt that fails in any case. */
async function attempt(
  ca: Ca,
  request: Partial<ObtainRequest> = {},
): Promise<JournalEntry & Pick<Attempted, 'messages'>> {
  const { outcome, entry, messages } = await attemptOrder(ca, { request });
  expect(outcome).toMatchObject({ reason: expect.any(AppError) });
  return { ...entry, messages };
}

const lost = { unknownAmong: async (urls: readonly string[]) => urls };

describe('an order whose URL was lost', () => {
  it('is gone on with, the newest first', async () => {
    await using ca = await caWith({
      '/order/1': {},
      '/order/2': {},
      '/order/3': { status: 'valid' },
    });
    expect(await attempt(ca, { lost })).toMatchObject({
      url: ca.url('/order/2'),
      finalizeUrl: ca.url('/finalize'),
    });
    expect(ca.count('/order')).toBe(0);
  });

  it.each<[string, object, Partial<ObtainRequest>]>([
    ['has ended', { status: 'invalid' }, {}],
    ['is for other names', { identifiers: [{ type: 'dns', value: 'b.example' }] }, {}],
    ['names another predecessor', { replaces: 'x.y' }, { replaces: 'a.b' }],
    ['belongs to another journal', {}, { lost: { unknownAmong: async () => [] } }],
    ['was never asked for', {}, { lost: undefined as never }],
  ])('is not one that %s', async (_, order, request) => {
    await using ca = await caWith({ '/order/1': order });
    expect(await attempt(ca, { lost, ...request })).toMatchObject({ url: ca.url('/order/new') });
    expect(ca.count('/order')).toBe(1);
  });

  it('is given up for a list that cannot be read, but not while the CA wants a pause', async () => {
    let answer: ScriptedAnswer = { body: { orders: 'many' } };
    await using ca = await caWith({}, { '/orders': () => answer });
    const given = await attempt(ca, { lost });
    expect(given).toMatchObject({ url: ca.url('/order/new') });
    expect(given.messages).toContainEqual(expect.stringContaining('cannot look for an order'));
    answer = { status: 429, headers: { 'retry-after': '7200' } };
    expect(await attempt(ca, { lost })).not.toHaveProperty('url');
    answer = { status: 503, headers: { 'retry-after': '7200' } };
    expect(await attempt(ca, { lost })).not.toHaveProperty('url');
    expect(ca.count('/order')).toBe(1);
  });
});

describe('a newOrder request that failed', () => {
  it.each<[string, Answers, boolean | undefined]>([
    ['that was cut', { '/order': () => 'cut' }, undefined],
    ['by an error of the CA', { '/order': () => problem(500, 'serverInternal') }, undefined],
    ['by a page of somebody else', { '/order': () => ({ body: '<h1>Log in</h1>' }) }, undefined],
    ['by a limit', { '/order': () => problem(429, 'rateLimited') }, true],
    ['by a refusal', { '/order': () => problem(400, 'rejectedIdentifier') }, true],
    ['for want of a nonce', { '/nonce': () => problem(500, 'serverInternal') }, true],
  ])('%s leaves on record whether there can be an order', async (_, answers, hasNoOrder) => {
    await using ca = await caWith({}, answers);
    expect((await attempt(ca)).hasNoOrder).toBe(hasNoOrder);
  });
});
