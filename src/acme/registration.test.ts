import { describe, expect, it } from 'vitest';
import type { ScriptedAnswer } from '../../test/support/https-server.ts';
import { headerOf, openCa, payloadOf, privateKey } from '../../test/support/scripted-ca.ts';

const answer = (): ScriptedAnswer => ({
  status: 201,
  headers: { location: '/account/7' },
  body: { status: 'valid', key: {}, orders: 'none' },
});

describe('createAccount', () => {
  it('returns the account URL, and signs with the key itself', async () => {
    await using ca = await openCa({ '/account': answer });
    const contact = ['mailto:ops@example.com'];
    const account = await ca.client.createAccount({
      privateKey,
      contact,
      termsOfServiceAgreed: true,
    });
    expect(account).toMatchObject({ url: ca.url('/account/7'), status: 'valid', contact: [] });
    const sent = ca.server.requests.find(({ path }) => path === '/account');
    expect(sent && payloadOf(sent)).toEqual({ termsOfServiceAgreed: true, contact });
    expect(sent && headerOf(sent)).toMatchObject({ url: ca.url('/account'), jwk: { kty: 'EC' } });
  });

  it('sends nothing before the terms are agreed to', async () => {
    const meta = { termsOfService: 'https://ca.example/terms' };
    await using ca = await openCa({ '/account': answer }, { meta });
    const created = ca.client.createAccount({ privateKey, termsOfServiceAgreed: false });
    await expect(created).rejects.toMatchObject({
      code: 'acme/terms-required',
      mend: 'Read https://ca.example/terms and set acceptTerms: true for this issuer.',
    });
    expect(ca.count('/account')).toBe(0);
  });

  it('needs an external account only where the CA does, and never to find one', async () => {
    await using ca = await openCa(
      { '/account': answer },
      { meta: { externalAccountRequired: true } },
    );
    const request = { privateKey, termsOfServiceAgreed: true };
    await expect(ca.client.createAccount(request)).rejects.toMatchObject({
      code: 'acme/unauthorized',
    });
    await ca.client.createAccount({ ...request, onlyReturnExisting: true });
    const sent = ca.server.requests.find(({ path }) => path === '/account');
    expect(sent && payloadOf(sent)).toEqual({ onlyReturnExisting: true });
  });

  it('refuses an account that was deactivated', async () => {
    const deactivated = { ...answer(), body: { status: 'deactivated' } };
    await using ca = await openCa({ '/account': () => deactivated });
    const found = ca.client.createAccount({ privateKey, termsOfServiceAgreed: true });
    await expect(found).rejects.toMatchObject({ code: 'acme/unauthorized' });
  });
});
