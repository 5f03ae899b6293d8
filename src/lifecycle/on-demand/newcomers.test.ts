import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../core/clock.ts';
import { createSteppingClock } from '../../../test/support/stepping-clock.ts';
import { NEW_NAMES, NEW_NAMES_PER_CLIENT, Newcomers } from './newcomers.ts';

const tries = (newcomers: Newcomers, count: number, address: (index: number) => string): number =>
  Array.from({ length: count }, (_, index) => newcomers.admit(address(index))).filter(Boolean)
    .length;

describe('Newcomers', () => {
  it('leaves room for others when one client enumerates', () => {
    const newcomers = new Newcomers(createSteppingClock());
    expect(tries(newcomers, 10_000, () => '192.0.2.1')).toBe(NEW_NAMES_PER_CLIENT.count);
    expect(newcomers.admit('192.0.2.2')).toBe(true);
  });

  it('takes all addresses of a /64 for one client', () => {
    const newcomers = new Newcomers(createSteppingClock());
    const admitted = tries(newcomers, 1_000, (index) => `2001:db8::${index.toString(16)}`);
    expect(admitted).toBe(NEW_NAMES_PER_CLIENT.count);
    expect(newcomers.admit('2001:db8:0:1::1')).toBe(true);
  });

  it('has one limit for all of them, which comes back', () => {
    const clock = createSteppingClock();
    const newcomers = new Newcomers(clock);
    const another = (index: number): string => `198.51.${index >> 8}.${index & 255}`;
    expect(tries(newcomers, 10_000, another)).toBe(NEW_NAMES.count);
    clock.advance(MINUTE_MS);
    expect(tries(newcomers, 10_000, another)).toBe(NEW_NAMES.count);
  });
});
