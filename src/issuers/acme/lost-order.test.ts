import { describe, expect, it } from 'vitest';
import {
  type Answers,
  type Ca,
  openCa,
  orderBody,
  privateKey,
  problem,
} from '../../../test/support/scripted-ca.ts';
import type { ScriptedAnswer } from '../../../test/support/https-server.ts';
import { AppError } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';
import type { JournalEntry, ObtainRequest } from '../issuer.ts';
import { createAcmeIssuer } from './issuer.ts';

const { signal } = new AbortController();
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
): Promise<JournalEntry & { readonly messages: readonly string[] }> {
  let entry: JournalEntry = { answers: [] };
  const messages: string[] = [];
  const journal = {
    get entry() {
      return entry;
    },
    save: async (change: Partial<JournalEntry>) => void (entry = { ...entry, ...change }),
    startOver: async () => undefined,
  };
  const account = { url: ca.url('/account/1'), contact: [], privateKey };
  const issuer = createAcmeIssuer({
    name: 'ca',
    directoryUrl: ca.url('/directory'),
    caBundle: ca.server.root,
    acceptTerms: true,
    accountKeyType: 'ec256',
    userAgent: 'certctl/test',
    vault: {
      load: async () => account,
      save: async () => undefined,
      exclusively: (_url, _signal, work) => work(),
    },
    solvers: {
      solverFor() {
        throw new Error('nothing is to be proven');
      },
    },
    clock: ca.clock,
  });
  const wanted: ObtainRequest = {
    names: [parseName('a.example')],
    challenges: [],
    csr: new Uint8Array(),
    journal,
    report: ({ message }) => void messages.push(message),
    ...request,
  };
  await expect(issuer.obtain(wanted, signal)).rejects.toBeInstanceOf(AppError);
  await issuer.close();
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
