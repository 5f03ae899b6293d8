import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNodeAddress, readForwarded, readForwardedFor } from './forwarded.ts';

describe('findNodeAddress', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['[0000:0000:0000:0000:0000:ffff:192.100.200.250]:65535', '192.100.200.250'],
  ])('reads %s', (node, expected) => {
    expect(findNodeAddress(node)).toBe(expected);
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    '192.0.2',
    '192.0.2.7:',
    '192.0.2.7:x',
    '192.0.2.7:123456',
    '[192.0.2.7]',
    '[2001:db8::1',
    '[2001:db8::1]x',
    'fe80::1%eth0',
    '2001:db8::1]:1',
    '0192.0.2.7',
    ' 192.0.2.7',
    '1'.repeat(60),
  ])('takes "%s" for no address', (node) => {
    expect(findNodeAddress(node)).toBeUndefined();
  });
});

describe('readForwardedFor', () => {
  it('has a place for what is no address, too', () => {
    expect(readForwardedFor('x, 192.0.2.7 ,[::1]:2,')).toEqual([
      { address: undefined },
      { address: '192.0.2.7' },
      { address: '::1' },
      { address: undefined },
    ]);
  });
});

describe('readForwarded', () => {
  it('reads tokens, quoted strings and names in any case', () => {
    const value =
      'For="[2001:db8:cafe::17]:4711";Proto=HTTPS ; host="a.example.com:8443",\tfor=192.0.2.43;by=_me';
    expect(readForwarded(value)).toEqual([
      { address: '2001:db8:cafe::17', scheme: 'https', host: 'a.example.com:8443' },
      { address: '192.0.2.43', scheme: undefined, host: undefined },
    ]);
  });

  it('undoes quoted pairs', () => {
    expect(readForwarded(String.raw`host="a\.example\".com"`)).toMatchObject([
      { host: 'a.example".com' },
    ]);
  });

  it('has a place for elements that say nothing', () => {
    expect(readForwarded('for=192.0.2.1,,proto=http')).toHaveLength(3);
    expect(readForwarded('')).toHaveLength(1);
  });

  it.each([
    'for',
    'for=',
    'for=192.0.2.1 for=192.0.2.2',
    'for=192.0.2.1;for=192.0.2.2',
    'for=[2001:db8::1]',
    'for="192.0.2.1',
    'for="192.0.2.1"x',
    'for="192.0.2.1\\',
    '=192.0.2.1',
    'for = 192.0.2.1',
  ])('gives up on the whole of %s', (value) => {
    expect(readForwarded(`for=192.0.2.9, ${value}`)).toBeUndefined();
  });

  it('reads back what is written by its rules', () => {
    const pairs = fc.record({
      for: fc.ipV4(),
      host: fc.string({ unit: fc.constantFrom('a', '"', '\\', ',', ';', '=', ' ') }),
    });
    fc.assert(
      fc.property(fc.array(pairs, { minLength: 1 }), (elements) => {
        const value = elements
          .map(({ for: node, host }) => `for=${node};host="${host.replace(/["\\]/g, '\\$&')}"`)
          .join(', ');
        expect(readForwarded(value)).toEqual(
          elements.map(({ for: address, host }) => ({ address, scheme: undefined, host })),
        );
      }),
    );
  });

  it('takes no longer than the value is long', () => {
    const long = 100_000;
    for (const value of [' '.repeat(long), `a="${'\\'.repeat(long)}`, 'a'.repeat(long)]) {
      const startedAt = performance.now();
      readForwarded(value);
      expect(performance.now() - startedAt).toBeLessThan(500);
    }
  });
});
