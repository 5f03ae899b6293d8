import { describe, expect, it } from 'vitest';
import { clientKey, RateLimit } from './rate-limit.ts';

const takes = (limit: RateLimit, address: string, now: number, count: number): number =>
  Array.from({ length: count }).filter(() => limit.take(address, now)).length;

describe('a rate limit', () => {
  it('lets a burst through, and then the rate', () => {
    const limit = new RateLimit({ rate: 10, burst: 5, addresses: 10 });
    expect(takes(limit, 'a', 0, 20)).toBe(5);
    expect(takes(limit, 'a', 100, 20)).toBe(1);
    expect(takes(limit, 'a', 50, 20)).toBe(0);
    expect(takes(limit, 'a', 60_000, 20)).toBe(5);
  });

  it('gives each address its own, and holds only so many', () => {
    const limit = new RateLimit({ rate: 1, burst: 1, addresses: 2 });
    expect(['a', 'b', 'a', 'b'].map((address) => limit.take(address, 0))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(limit.take('c', 0)).toBe(true);
    expect(limit.take('a', 0)).toBe(true);
    expect(limit.take('c', 0)).toBe(false);
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
  ['2001:db8:0:1::5', '2001:db8:0:1::/64'],
  ['2001:0db8::1:0:0:0:9', '2001:db8:0:1::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['1:2:3:4::', '1:2:3:4::/64'],
])('%s is a client as %s', (address, key) => {
  expect(clientKey(address)).toBe(key);
});
