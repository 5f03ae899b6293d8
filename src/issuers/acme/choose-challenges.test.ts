import { describe, expect, it } from 'vitest';
import { type Authorization, authorizationSchema } from '../../acme/authorization.ts';
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { chooseChallenges } from './choose-challenges.ts';

const account = {
  url: 'https://ca.example/acct/1',
  keyAuthorization: (token: string) => `${token}.thumbprint`,
};
const PERSIST = { type: 'dns-persist-01', url: 'https://ca.example/c/1' };
const ACCOUNT = { type: 'dns-account-01', url: 'https://ca.example/c/2', token: 'token' };

function offers(...challenges: object[]): Authorization {
  const identifier = { type: 'dns', value: 'example.com' };
  const body = { status: 'pending', identifier, wildcard: true, challenges };
  return { ...authorizationSchema.parse(body), url: 'https://ca.example/a/1' };
}

function choose(authorization: Authorization, ...types: ChallengeType[]) {
  const [chosen] = chooseChallenges([authorization], { types, failed: [], account });
  return chosen?.answer;
}

describe('experimental challenges', () => {
  it('carry what their answers are made of', () => {
    const issuers = { 'issuer-domain-names': ['ca.example', 'other.example'] };
    const authorization = offers({ ...PERSIST, ...issuers }, ACCOUNT);
    expect(choose(authorization, 'dns-persist-01', 'dns-01')).toEqual({
      type: 'dns-persist-01',
      name: 'example.com',
      token: '',
      keyAuthorization: '',
      accountUrl: account.url,
      standing: { name: '*.example.com', issuerDomainNames: ['ca.example', 'other.example'] },
    });
    expect(choose(authorization, 'dns-account-01')).toEqual({
      type: 'dns-account-01',
      name: 'example.com',
      token: 'token',
      keyAuthorization: 'token.thumbprint',
      accountUrl: account.url,
    });
  });

  it('name the account as the CA wants it named (draft-ietf-acme-dns-persist-01)', () => {
    const accounturi = 'https://ca.example/account/1';
    const offered = { ...PERSIST, accounturi, 'issuer-domain-names': ['ca.example'] };
    expect(choose(offers(offered), 'dns-persist-01')).toMatchObject({ accountUrl: accounturi });
  });

  it.each<[string, object]>([
    ['no issuers', {}],
    ['the issuers of a later draft', { issuerDomainNames: ['ca.example'] }],
    ['an empty list', { 'issuer-domain-names': [] }],
    ['more issuers than anybody has', { 'issuer-domain-names': Array(11).fill('ca.example') }],
    ['an issuer that would change the record', { 'issuer-domain-names': ['ca.example; policy=x'] }],
  ])('are as good as not offered with %s', (_, change) => {
    const authorization = offers({ ...PERSIST, ...change }, ACCOUNT);
    const types = ['dns-persist-01', 'dns-account-01'] as const;
    expect(choose(authorization, ...types)).toMatchObject({ type: 'dns-account-01' });
    expect(() => choose(authorization, 'dns-persist-01')).toThrow(/not dns-persist-01/);
  });

  it('are passed over where the CA does not offer them', () => {
    const dns = { type: 'dns-01', url: 'https://ca.example/c/3', token: 'token' };
    const types = ['dns-persist-01', 'dns-account-01', 'dns-01'] as const;
    expect(choose(offers(dns), ...types)).toMatchObject({ type: 'dns-01' });
  });
});
