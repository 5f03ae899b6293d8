import { describe, expect, it } from 'vitest';
import { headerOf, openCa, orderBody, problem } from '../../test/support/scripted-ca.ts';
import { parseName } from '../core/names.ts';

const NAMES = ['a.example', '10.0.0.1'].map(parseName);

describe('nonces (RFC 8555 §6.5)', () => {
  it('come from the answers and seldom from newNonce', async () => {
    await using ca = await openCa({ '/account/1': () => ({ body: { status: 'valid' } }) });
    for (let request = 0; request < 10; request += 1) await ca.account.fetchAccount();
    expect(ca.count('/nonce')).toBe(1);
    const nonces = ca.server.requests.filter(({ method }) => method === 'POST').map(headerOf);
    expect(new Set(nonces.map(({ nonce }) => nonce)).size).toBe(10);
  });

  it('that are refused give way to the one in the refusal', async () => {
    let refusals = 0;
    await using ca = await openCa({
      '/order': (_, base) =>
        ++refusals <= 6
          ? { ...problem(400, 'badNonce'), headers: { 'replay-nonce': `better-${refusals}` } }
          : { status: 201, headers: { location: '/order/1' }, body: orderBody(base) },
    });
    const order = await ca.account.newOrder({ names: NAMES });
    expect(order.url).toBe(ca.url('/order/1'));
    const sent = ca.server.requests.filter(({ path }) => path === '/order').map(headerOf);
    expect(sent.slice(1).map(({ nonce }) => nonce)).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `better-${n}`),
    );
  });

  it('that are always refused end in an error', async () => {
    await using ca = await openCa({ '/order': () => problem(400, 'badNonce') });
    await expect(ca.account.newOrder({ names: NAMES })).rejects.toMatchObject({
      code: 'acme/server-error',
    });
    expect(ca.count('/order')).toBeLessThan(20);
  });

  it('end in an error where the server gives none, after one question', async () => {
    await using ca = await openCa({
      '/nonce': () => ({ headers: { 'replay-nonce': 'not a nonce' } }),
    });
    await expect(ca.account.fetchAccount()).rejects.toMatchObject({ code: 'acme/bad-response' });
    expect(ca.count('/nonce')).toBe(1);
  });

  it('are all forgotten when a refusal brings none', async () => {
    let isRestarted = false;
    const known = new Set<string | undefined>();
    await using ca = await openCa({
      '/account/1': (request) => {
        const { nonce } = headerOf(request);
        if (!isRestarted) known.add(nonce);
        if (!isRestarted || nonce === 'fresh') return { body: { status: 'valid' } };
        return { ...problem(400, 'badNonce'), headers: { 'replay-nonce': '' } };
      },
      '/nonce': () => (isRestarted ? { headers: { 'replay-nonce': 'fresh' } } : {}),
    });
    await Promise.all([1, 2, 3].map(async () => ca.account.fetchAccount()));
    isRestarted = true;
    const before = ca.count('/account/1');
    expect((await ca.account.fetchAccount()).status).toBe('valid');
    expect(ca.count('/account/1') - before).toBe(2);
    expect(known.size).toBe(3);
  });
});
