import { describe, expect, it } from 'vitest';
import {
  headerOf,
  openCa,
  orderBody,
  payloadOf,
  privateKey,
  problem,
} from '../../test/support/scripted-ca.ts';
import { parseName } from '../core/names.ts';

const NAMES = ['a.example', '10.0.0.1'].map(parseName);

describe('orders (RFC 8555 §7.4)', () => {
  it('carry addresses as such, profile and predecessor', async () => {
    await using ca = await openCa({
      '/order': (_, base) => ({
        status: 201,
        headers: { location: `${base}/order/1` },
        body: orderBody(base, { status: 'ready', profile: 'short' }),
      }),
    });
    const order = await ca.account.newOrder({ names: NAMES, profile: 'short', replaces: 'a.b' });
    expect(order).toMatchObject({ status: 'ready', profile: 'short' });
    const sent = ca.server.requests.find(({ path }) => path === '/order');
    expect(sent && headerOf(sent).kid).toBe(ca.url('/account/1'));
    expect(sent && payloadOf(sent)).toEqual({
      identifiers: [
        { type: 'dns', value: 'a.example' },
        { type: 'ip', value: '10.0.0.1' },
      ],
      profile: 'short',
      replaces: 'a.b',
    });
  });

  it('for other names than asked for are refused', async () => {
    const identifiers = [{ type: 'dns', value: 'a.example' }];
    await using ca = await openCa({
      '/order': (_, base) => ({
        status: 201,
        headers: { location: '/order/1' },
        body: orderBody(base, { identifiers }),
      }),
    });
    await expect(ca.account.newOrder({ names: NAMES })).rejects.toMatchObject({
      code: 'acme/bad-response',
      message: expect.stringContaining('the order is for a.example'),
    });
  });

  it.each([
    ['a failure', { status: 500, body: 'oops' }],
    ['a cut', 'cut' as const],
  ])('are not sent again after %s', async (_, answer) => {
    await using ca = await openCa({ '/order': () => answer });
    await expect(ca.account.newOrder({ names: NAMES })).rejects.toMatchObject({
      code: answer === 'cut' ? 'acme/unreachable' : 'acme/server-error',
    });
    expect(ca.count('/order')).toBe(1);
  });

  it('are read again after a failure, but not when the server wants a long pause', async () => {
    let reads = 0;
    await using ca = await openCa({
      '/order/1': (_, base) =>
        ++reads === 1 ? { status: 502, body: 'oops' } : { body: orderBody(base) },
      '/order/2': () => ({ status: 503, headers: { 'retry-after': '600' } }),
    });
    expect((await ca.account.fetchOrder(ca.url('/order/1'))).status).toBe('pending');
    await expect(ca.account.fetchOrder(ca.url('/order/2'))).rejects.toMatchObject({
      code: 'acme/server-error',
      retryAt: expect.any(Date),
    });
    expect(ca.count('/order/2')).toBe(1);
  });

  it('are polled at the pace of the server until they are through', async () => {
    let reads = 0;
    await using ca = await openCa({
      '/finalize': (_, base) => ({
        headers: { 'retry-after': '3' },
        body: orderBody(base, { status: 'processing' }),
      }),
      '/order/1': (_, base) => ({
        headers: { 'retry-after': '7' },
        body: orderBody(base, {
          status: ++reads < 3 ? 'processing' : 'valid',
          certificate: `${base}/certificate`,
        }),
      }),
    });
    const url = ca.url('/order/1');
    const identifiers = [{ type: 'dns', value: 'a.example' }];
    const from = await ca.account.finalize(
      { url, finalize: ca.url('/finalize'), identifiers },
      Buffer.from('csr'),
    );
    const order = await ca.account.pollOrder(url, { status: 'valid', from });
    expect(order.certificate).toBe(ca.url('/certificate'));
    expect(ca.clock.sleeps).toEqual([3_000, 7_000, 7_000]);
  });
});

describe('authorizations', () => {
  it('may offer challenges that nobody knows, without token or without sense', async () => {
    await using ca = await openCa({
      '/authorization/1': (_, base) => ({
        body: {
          status: 'pending',
          identifier: { type: 'dns', value: 'a.example' },
          wildcard: true,
          challenges: [
            {
              type: 'dns-persist-01',
              url: `${base}/c/1`,
              status: 'pending',
              'issuer-domain-names': [],
            },
            { type: 'http-01', url: `${base}/c/2`, status: 'pending', token: '../../etc/passwd' },
            { type: 'dns-01', url: `${base}/c/3`, status: 'pending', token: 'abc_DEF-1' },
            { type: 'file-01', url: 'http://127.0.0.1/', status: 'pending' },
            'nonsense',
          ],
        },
      }),
    });
    const found = await ca.account.fetchAuthorization(ca.url('/authorization/1'));
    expect(found.challenges.map(({ type, token }) => [type, token])).toEqual([
      ['dns-persist-01', undefined],
      ['http-01', undefined],
      ['dns-01', 'abc_DEF-1'],
    ]);
    expect(found.wildcard).toBe(true);
  });
});

describe('downloadChain', () => {
  it('keeps the certificates and nothing else, and finds the other chains', async () => {
    await using ca = await openCa({
      '/certificate': () => ({
        headers: { link: ['</directory>;rel="index"', '</certificate/1>;rel="alternate"'] },
        body: `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${ca.server.root.replaceAll('\n', '\r\n')}`,
      }),
      '/broken': () => ({ body: ca.server.root.replace(/MII/, 'AAA') }),
      '/page': () => ({ body: '<html>' }),
    });
    const { chain, alternateUrls } = await ca.account.downloadChain(ca.url('/certificate'));
    expect(chain).toBe(ca.server.root);
    expect(alternateUrls).toEqual([ca.url('/certificate/1')]);
    for (const path of ['/broken', '/page']) {
      await expect(ca.account.downloadChain(ca.url(path))).rejects.toMatchObject({
        code: 'acme/bad-response',
      });
    }
  });
});

describe('revoke (RFC 8555 §7.6)', () => {
  it('succeeds for what is revoked already', async () => {
    await using ca = await openCa({ '/revoke': () => problem(400, 'alreadyRevoked') });
    await ca.account.revoke(Buffer.from('der'), 'keyCompromise');
    const sent = ca.server.requests.find(({ path }) => path === '/revoke');
    expect(sent && payloadOf(sent)).toEqual({ certificate: 'ZGVy', reason: 1 });
  });

  it('can be signed by the key of the certificate', async () => {
    await using ca = await openCa({ '/revoke': () => ({}) });
    await ca.client.revokeByCertificateKey({ certificate: Buffer.from('der'), privateKey });
    const sent = ca.server.requests.find(({ path }) => path === '/revoke');
    expect(sent && headerOf(sent)).toMatchObject({ jwk: { kty: 'EC' } });
    expect(sent && headerOf(sent).kid).toBeUndefined();
  });
});
