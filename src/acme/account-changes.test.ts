import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { headerOf, openCa, payloadOf, problem } from '../../test/support/scripted-ca.ts';

const valid = { body: { status: 'valid' } };
const { privateKey: newKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });

describe('a key change (RFC 8555 §7.3.5)', () => {
  it('wraps the word of the new key into that of the old one', async () => {
    await using ca = await openCa({ '/key-change': () => ({}) });
    await ca.account.changeKey(newKey);
    const sent = ca.server.requests.find(({ path }) => path === '/key-change');
    const inner = sent && payloadOf(sent);
    expect(sent && headerOf(sent)).toMatchObject({ kid: ca.url('/account/1'), alg: 'ES256' });
    const innerRequest = { ...sent, body: JSON.stringify(inner) } as typeof sent & object;
    expect(headerOf(innerRequest)).toEqual({
      alg: 'ES384',
      url: ca.url('/key-change'),
      jwk: expect.objectContaining({ crv: 'P-384' }),
    });
    expect(payloadOf(innerRequest)).toEqual({
      account: ca.url('/account/1'),
      oldKey: expect.objectContaining({ crv: 'P-256' }),
    });
  });

  it('is sent once, whatever comes back', async () => {
    await using ca = await openCa({ '/key-change': () => 'cut' });
    await expect(ca.account.changeKey(newKey)).rejects.toMatchObject({ code: 'acme/unreachable' });
    expect(ca.count('/key-change')).toBe(1);
  });

  it('is refused before it is sent where the CA has none', async () => {
    await using ca = await openCa({}, { keyChange: undefined });
    await expect(ca.account.changeKey(newKey)).rejects.toMatchObject({ code: 'acme/unsupported' });
  });
});

describe('an account', () => {
  it('gets another contact', async () => {
    await using ca = await openCa({ '/account/1': () => valid });
    await ca.account.updateContact(['mailto:new@example.com']);
    const sent = ca.server.requests.find(({ path }) => path === '/account/1');
    expect(sent && payloadOf(sent)).toEqual({ contact: ['mailto:new@example.com'] });
  });

  it('ends, and is refused from then on', async () => {
    let asked = 0;
    await using ca = await openCa({
      '/account/1': () =>
        ++asked === 1 ? { body: { status: 'deactivated' } } : problem(401, 'unauthorized'),
    });
    expect((await ca.account.deactivate()).status).toBe('deactivated');
    const sent = ca.server.requests.find(({ path }) => path === '/account/1');
    expect(sent && payloadOf(sent)).toEqual({ status: 'deactivated' });
    await expect(ca.account.fetchAccount()).rejects.toMatchObject({ code: 'acme/unauthorized' });
  });
});
