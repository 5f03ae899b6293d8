import { describe, expect, it } from 'vitest';
import { clientNetwork, createNetworkCheck } from './networks.ts';

describe('createNetworkCheck', () => {
  it('knows addresses and networks of both families', () => {
    const isListed = createNetworkCheck(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '::1']);
    for (const address of ['10.255.0.1', '192.0.2.1', '2001:db8:1::2', '::1']) {
      expect(isListed(address), address).toBe(true);
    }
    for (const address of ['11.0.0.1', '192.0.2.2', '2001:db9::1', '::2']) {
      expect(isListed(address), address).toBe(false);
    }
  });

  it('lists nobody without an entry', () => {
    expect(createNetworkCheck([])('127.0.0.1')).toBe(false);
  });
});

describe('clientNetwork', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:db8:0:1::5', '2001:db8:0:1::/64'],
    ['2001:0db8::1:0:0:0:9', '2001:db8:0:1::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1:2:3:4::', '1:2:3:4::/64'],
  ])('sees %s as %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });
});
