import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

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
