import { describe, expect, it } from 'vitest';
import { coveringWildcard, covers, displayName, nameSet, parseName } from './names.ts';

describe('parseName', () => {
  it.each([
    ['App.Example.COM', 'app.example.com'],
    ['app.example.com.', 'app.example.com'],
    ['*.Example.com', '*.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['localhost', 'localhost'],
    ['192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
  ])('%s is %s', (input, name) => expect(parseName(input)).toBe(name));

  it.each([
    ['', 'empty'],
    ['a..example.com', 'empty label'],
    ['.example.com', 'empty label'],
    ['my_app.example.com', 'underscore'],
    [`${'a'.repeat(64)}.example.com`, '64 octets'],
    [`${'a.'.repeat(126)}example`, 'octets, at most 253'],
    ['app.*.example.com', 'leftmost label'],
    ['a*.example.com', 'leftmost label'],
    ['*.com', 'at least two labels'],
    ['-a.example.com', 'inner hyphens'],
    ['a b.example.com', 'other characters'],
    ['a\u0000b.example.com', 'internationalized'],
    ['1.2.3.4.5', 'number'],
    ['xn--0.example', 'Punycode'],
    ['fe80::1%eth0', 'zone index'],
    ['https://app.example.com/', 'other characters'],
  ])('refuses %j: %s', (input, reason) => {
    expect(() => parseName(input)).toThrow(reason);
  });
});

describe('names', () => {
  it('are covered by themselves and by a wildcard of one label', () => {
    const wildcard = parseName('*.example.com');
    expect(covers(wildcard, parseName('a.example.com'))).toBe(true);
    expect(covers(wildcard, parseName('a.b.example.com'))).toBe(false);
    expect(covers(wildcard, parseName('example.com'))).toBe(false);
    expect(covers(parseName('a.example.com'), parseName('a.example.com'))).toBe(true);
  });

  it('have no covering wildcard when they are addresses, wildcards or next to the root', () => {
    for (const text of ['192.0.2.7', '*.example.com', 'example.com', 'localhost']) {
      expect(coveringWildcard(parseName(text))).toBeUndefined();
    }
  });

  it('form sets without order and repetition', () => {
    expect(nameSet(['b.example', 'a.example', 'b.example'].map(parseName))).toEqual([
      'a.example',
      'b.example',
    ]);
  });

  it('are shown in both forms when they are internationalized', () => {
    expect(displayName(parseName('*.bücher.example'))).toBe(
      '*.bücher.example (*.xn--bcher-kva.example)',
    );
    expect(displayName(parseName('a.example'))).toBe('a.example');
  });
});
