import { describe, expect, it } from 'vitest';
import { parseName } from '../../core/names.ts';
import { type GrantRules, fingerprintOf, grantPerson, valuesOf } from './person.ts';

const RULES: GrantRules = {
  issuer: 'https://id.example.com',
  clientId: 'certctl',
  claim: 'groups',
  grants: [
    { value: 'admins', role: 'admin' },
    { value: 'team', role: 'operator', patterns: [parseName('*.customer.net')] },
  ],
};

describe('grantPerson', () => {
  it('gives the first grant that fits', () => {
    const claims = { sub: '1', name: 'Ada', groups: ['team', 'admins'] };
    expect(grantPerson(RULES, claims)).toEqual({
      kind: 'person',
      id: 'https://id.example.com#1',
      name: 'Ada',
      role: 'admin',
      rules: fingerprintOf(RULES),
    });
    expect(grantPerson(RULES, { ...claims, groups: 'team' })).toMatchObject({
      role: 'operator',
      patterns: ['*.customer.net'],
    });
  });

  it.each([
    [{ sub: '1' }, 'Let the provider send the claim groups'],
    [{ sub: '1', groups: [] }, 'Let the provider send the claim groups'],
    [{ sub: '1', groups: ['Admins', 'team '] }, 'or add a grant there'],
    [{ sub: '1', groups: { admins: true } }, 'Let the provider send the claim groups'],
    [{ sub: '1', groups: [['admins'], null, 7] }, 'Let the provider send the claim groups'],
  ])('gives nothing for %j', (claims, mend) => {
    expect(() => grantPerson(RULES, claims)).toThrow(
      expect.objectContaining({
        code: 'sign-in/refused',
        mend: expect.stringContaining(mend) as string,
      }) as Error,
    );
  });

  it('gives what is for everybody to everybody', () => {
    const rules: GrantRules = { ...RULES, grants: [...RULES.grants, { role: 'viewer' }] };
    expect(grantPerson(rules, { sub: '2', email: 'e@example.com' })).toMatchObject({
      name: 'e@example.com',
      role: 'viewer',
    });
  });
});

describe('valuesOf', () => {
  it.each([
    ['realm_access.roles', { realm_access: { roles: ['a', 'b'] } }, ['a', 'b']],
    ['https://example.com/roles', { 'https://example.com/roles': 'a' }, ['a']],
    ['realm_access.roles', { realm_access: 'roles' }, []],
    ['constructor.name', {}, []],
    ['__proto__', {}, []],
  ])('finds %s in %j', (claim, claims, expected) => {
    expect(valuesOf(claims, claim)).toEqual(expected);
  });
});

describe('fingerprintOf', () => {
  it('changes with what is granted', () => {
    const other = { ...RULES, grants: RULES.grants.slice(1) };
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(RULES));
    expect(fingerprintOf({ ...RULES, domains: ['example.com'] })).not.toBe(fingerprintOf(RULES));
    expect(fingerprintOf({ ...RULES })).toBe(fingerprintOf(RULES));
  });
});
