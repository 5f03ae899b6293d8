import { describe, expect, it } from 'vitest';
import { DAY_MS } from './format.ts';
import { laneRange, laneTicks } from './lane-range.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const day = (days: number): string => new Date(NOW.getTime() + days * DAY_MS).toISOString();
const life = (from: number, until: number) => ({ notBefore: day(from), notAfter: day(until) });
const inDays = ({ begin, end }: { readonly begin: number; readonly end: number }) =>
  [begin, end].map((at) => (at - NOW.getTime()) / DAY_MS);

describe('the range of lanes', () => {
  it('goes from the first beginning to the last end', () => {
    expect(inDays(laneRange([life(-2, 5), life(-10, 80)], NOW))).toEqual([-10, 80]);
  });

  it('has no more of the past than of what comes', () => {
    expect(inDays(laneRange([life(-85, 5), life(-300, 3)], NOW))).toEqual([-5, 5]);
  });

  it('is never so short that nothing can be told apart', () => {
    expect(inDays(laneRange([life(-89, 0.1)], NOW))).toEqual([-1, 1]);
    expect(inDays(laneRange([], NOW))).toEqual([0, 1]);
  });

  it('has days written at it, and the time of day where it is short', () => {
    const long = laneTicks(laneRange([life(-10, 30)], NOW), 4);
    expect(long.map(({ at }) => (at - NOW.getTime()) / DAY_MS)).toEqual([-10, 0, 10, 20]);
    expect(long.every(({ label }) => /^\d{4}-\d\d-\d\d$/.test(label))).toBe(true);
    const short = laneTicks(laneRange([life(-1, 1)], NOW), 2);
    expect(short.every(({ label }) => /^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(label))).toBe(true);
  });
});
