/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import { identifierOf } from './server-name.ts';

describe('identifierOf', () => {
  it.each([
    ['1.2.0.192.in-addr.arpa', '192.0.2.1'],
    ['1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa', '2001:db8::1'],
    ['app.example.com', 'app.example.com'],
    ['999.2.0.192.in-addr.arpa', '999.2.0.192.in-addr.arpa'],
    ['1.0.ip6.arpa', '1.0.ip6.arpa'],
  ])('takes %s for %s', (serverName, identifier) => {
    expect(identifierOf(parseName(serverName))).toBe(identifier);
  });
});
