import { describe, expect, it } from 'vitest';
import { nameSet, parseName } from '../../core/names.ts';
import { registeredDomain } from './registered-domain.ts';
import { accountScope, describeScope, domainScopes, nameScopes, nameSetScope } from './scopes.ts';

const CA = 'https://ca.example/directory';
const names = (...texts: string[]) => nameSet(texts.map(parseName));

describe('registeredDomain', () => {
  it.each([
    ['a.b.example.com', 'example.com'],
    ['*.example.com', 'example.com'],
    ['www.example.co.uk', 'example.co.uk'],
    ['a.me.github.io', 'me.github.io'],
    ['github.io', 'github.io'],
    ['localhost', 'localhost'],
    ['app.corp.internal', 'corp.internal'],
    ['bücher.example.de', 'example.de'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('of %s is %s', (name, domain) => {
    expect(registeredDomain(parseName(name))).toBe(domain);
  });
});

describe('scopes', () => {
  it('count a domain and a name once, whatever forms of it there are', () => {
    const given = names('example.com', '*.example.com', 'a.example.com', 'example.org');
    expect(domainScopes(CA, given)).toEqual([
      `domain ${CA} example.com`,
      `domain ${CA} example.org`,
    ]);
    expect(nameScopes('failures', CA, given)).toEqual([
      `failures ${CA} example.com`,
      `failures ${CA} a.example.com`,
      `failures ${CA} example.org`,
    ]);
  });

  it('are the same for the same set of names only', () => {
    const one = nameSetScope(CA, names('a.example', 'b.example'));
    expect(nameSetScope(CA, [...names('a.example', 'b.example')].toReversed())).toBe(one);
    expect(nameSetScope(CA, names('a.example'))).not.toBe(one);
    expect(nameSetScope('https://other.example/', names('a.example', 'b.example'))).not.toBe(one);
  });

  it('have a name for people', () => {
    expect(describeScope(accountScope(CA))).toBe('new orders of the account at ca.example');
    expect(describeScope(domainScopes(CA, names('xn--bcher-kva.example'))[0] ?? '')).toBe(
      'certificates for bücher.example (xn--bcher-kva.example) at ca.example',
    );
  });
});
