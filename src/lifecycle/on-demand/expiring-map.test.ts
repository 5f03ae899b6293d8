import { describe, expect, it } from 'vitest';
import { after } from '../../core/clock.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import { ExpiringMap } from './expiring-map.ts';

describe('ExpiringMap', () => {
  it('forgets when the time is over', () => {
    const clock = createSteppingClock();
    const map = new ExpiringMap<string, number>(clock, 2);
    map.set('a', 1, after(clock.now(), 1_000));
    clock.advance(999);
    expect(map.get('a')).toBe(1);
    clock.advance(1);
    expect(map.get('a')).toBeUndefined();
    expect(map.size).toBe(0);
  });

  it('never holds more than it may: the oldest goes', () => {
    const clock = createSteppingClock();
    const map = new ExpiringMap<string, number>(clock, 2);
    const until = after(clock.now(), 1_000);
    for (const [index, key] of ['a', 'b', 'a', 'c'].entries()) map.set(key, index, until);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([2, undefined, 3]);
    expect(map.size).toBe(2);
  });
});
