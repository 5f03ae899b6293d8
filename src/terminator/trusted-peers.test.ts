import { describe, expect, it } from 'vitest';
import { createPeerCheck } from './trusted-peers.ts';

describe('createPeerCheck', () => {
  it('knows addresses and networks of both families', () => {
    const isTrusted = createPeerCheck(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1']);
    for (const address of ['10.255.0.1', '192.0.2.1', '2001:db8:1::2', '::1']) {
      expect(isTrusted(address), address).toBe(true);
    }
    for (const address of ['11.0.0.1', '192.0.2.2', '2001:db9::1', '::2']) {
      expect(isTrusted(address), address).toBe(false);
    }
  });

  it('trusts nobody without a list', () => {
    expect(createPeerCheck(undefined)('127.0.0.1')).toBe(false);
  });
});
