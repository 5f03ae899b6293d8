import { describe, expect, it } from 'vitest';
import { findIdentifier } from './reverse-name.ts';

describe('findIdentifier', () => {
  it.each([
    ['app.example.com', 'app.example.com'],
    ['App.Example.COM.', 'app.example.com'],
    ['1.2.0.192.in-addr.arpa', '192.0.2.1'],
    ['1.2.0.192.IN-ADDR.ARPA', '192.0.2.1'],
    [`${'1.'.padEnd(48, '0.')}8.b.d.0.1.0.0.2.ip6.arpa`, '2001:db8::1'],
  ])('takes %s as %s', (serverName, identifier) => {
    expect(findIdentifier(serverName)).toBe(identifier);
  });

  it.each([
    '',
    '192.0.2.1',
    '2001:db8::1',
    '*.example.com',
    'a_b.example.com',
    '1.2.0.999.in-addr.arpa',
    'a\u0000b.example.com',
  ])('finds nothing in %j', (serverName) => {
    expect(findIdentifier(serverName)).toBeUndefined();
  });
});
