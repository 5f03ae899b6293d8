import { describe, expect, it } from 'vitest';
import { type Answers, type Ca, openCa, orderBody } from '../../test/support/scripted-ca.ts';
import type { ScriptedAnswer } from '../../test/support/https-server.ts';
import type { Order } from './order.ts';

const ACCOUNT: Answers = {
  '/account/1': (_, base) => ({ body: { status: 'valid', orders: `${base}/orders` } }),
};

const everything = async (urls: readonly string[]): Promise<readonly string[]> => urls;

function isPending({ status }: Order): boolean {
  return status === 'pending';
}

/** Orders by path: the one that is named is pending, every other one is over. */
function ordersOf(paths: readonly string[], pending?: string): Answers {
  const answer = (path: string) => (_: unknown, base: string) => ({
    body: orderBody(base, { status: path === pending ? 'pending' : 'valid' }),
  });
  return Object.fromEntries(paths.map((path) => [path, answer(path)]));
}

function page(base: string, paths: readonly string[], next?: string): ScriptedAnswer {
  const link = next === undefined ? {} : { link: `<${base}${next}>;rel="next"` };
  return { headers: link, body: { orders: paths.map((path) => `${base}${path}`) } };
}

function asked(ca: Ca): string[] {
  return ca.server.requests.map(({ path }) => path).filter((path) => path.startsWith('/order'));
}

describe('the list of orders (RFC 8555 §7.1.2.1)', () => {
  it('is read page by page, the last entry first, until the order is found', async () => {
    await using ca = await openCa({
      ...ACCOUNT,
      '/orders': (_, base) => page(base, ['/order/1', '/order/2'], '/orders/2'),
      '/orders/2': (_, base) => page(base, ['/order/3', '/order/4', '/order/5'], '/orders/3'),
      ...ordersOf(['/order/1', '/order/2', '/order/3', '/order/4', '/order/5'], '/order/4'),
    });
    const search = { among: everything, isSought: isPending };
    expect(await ca.account.findOrder(search)).toMatchObject({ url: ca.url('/order/4') });
    expect(asked(ca)).toEqual([
      '/orders',
      '/order/2',
      '/order/1',
      '/orders/2',
      '/order/5',
      '/order/4',
    ]);
  });

  it('is looked through again without reading what was read, and what others have', async () => {
    await using ca = await openCa({
      ...ACCOUNT,
      '/orders': (_, base) => page(base, ['/order/1', '/order/2', '/order/3']),
      ...ordersOf(['/order/1', '/order/2', '/order/3']),
    });
    const others = [ca.url('/order/3')];
    const among = async (urls: readonly string[]) => urls.filter((url) => !others.includes(url));
    for (let searches = 0; searches < 2; searches += 1) {
      expect(await ca.account.findOrder({ among, isSought: isPending })).toBeUndefined();
    }
    expect(asked(ca)).toEqual(['/orders', '/order/2', '/order/1', '/orders']);
    expect(ca.count('/account/1')).toBe(1);
  });

  it('may be a bare array, as step-ca answers', async () => {
    await using ca = await openCa({
      ...ACCOUNT,
      '/orders': (_, base) => ({ body: [`${base}/order/1`] }),
      ...ordersOf(['/order/1'], '/order/1'),
    });
    const search = { among: everything, isSought: isPending };
    expect(await ca.account.findOrder(search)).toMatchObject({ url: ca.url('/order/1') });
  });

  it('is not kept by every CA, which is asked once', async () => {
    await using ca = await openCa({ '/account/1': () => ({ body: { status: 'valid' } }) });
    const search = { among: everything, isSought: isPending };
    expect(await ca.account.findOrder(search)).toBeUndefined();
    expect(await ca.account.findOrder(search)).toBeUndefined();
    expect(ca.count('/account/1')).toBe(1);
  });

  it('has an end, in pages and in orders', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `/order/${index}`);
    let most = many;
    await using ca = await openCa({
      ...ACCOUNT,
      '/orders': (_, base) => page(base, most, '/orders'),
      ...ordersOf(many),
    });
    const search = { among: everything, isSought: isPending };
    expect(await ca.account.findOrder(search)).toBeUndefined();
    expect(asked(ca).filter((path) => path.startsWith('/order/'))).toHaveLength(100);
    most = [];
    const before = ca.count('/orders');
    expect(await ca.account.findOrder(search)).toBeUndefined();
    expect(ca.count('/orders') - before).toBe(50);
  });

  it('never leads to another host', async () => {
    await using other = await openCa({});
    await using ca = await openCa({
      ...ACCOUNT,
      '/orders': () => ({
        headers: { link: `<${other.url('/orders')}>;rel="next"` },
        body: { orders: [other.url('/order/1')] },
      }),
    });
    const seen: string[] = [];
    const among = async (urls: readonly string[]) => {
      seen.push(...urls);
      return urls;
    };
    expect(await ca.account.findOrder({ among, isSought: isPending })).toBeUndefined();
    expect(seen).toEqual([]);
    expect(other.server.requests).toEqual([]);
  });

  it('is read on after faults, and past an order that is gone', async () => {
    const faults: (ScriptedAnswer | 'cut')[] = [
      { status: 429, headers: { 'retry-after': '20' } },
      { body: '<h1>Log in</h1>' },
      'cut',
    ];
    await using ca = await openCa({
      ...ACCOUNT,
      '/orders': (_, base) => page(base, ['/order/1', '/order/2'], '/orders/2'),
      '/orders/2': (_, base) => faults.shift() ?? page(base, []),
      ...ordersOf(['/order/1']),
    });
    const search = { among: everything, isSought: isPending };
    expect(await ca.account.findOrder(search)).toBeUndefined();
    expect(ca.count('/orders')).toBe(1);
    expect(ca.count('/orders/2')).toBe(4);
    expect(ca.clock.sleeps).toContain(20_000);
  });

  it('that stays unreadable is an error', async () => {
    await using ca = await openCa({ ...ACCOUNT, '/orders': () => ({ body: { orders: 'many' } }) });
    const search = { among: everything, isSought: isPending };
    await expect(ca.account.findOrder(search)).rejects.toMatchObject({ code: 'acme/bad-response' });
    expect(ca.count('/orders')).toBe(4);
  });
});
