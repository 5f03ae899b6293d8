import { describe, expect, it } from 'vitest';
import { dayAfter, expiringWithin, expiryPeriods, scaleTop } from './expiry-periods.ts';

const NOW = new Date('2026-11-22T23:00:00Z');
const COUNTS = [
  { day: '2026-11-21', certificates: 100 },
  { day: '2026-11-22', certificates: 1 },
  { day: '2026-11-24', certificates: 2 },
  { day: '2027-02-19', certificates: 4 },
  { day: '2027-02-20', certificates: 8 },
];

describe('expiry', () => {
  it('is counted by days, from today on', () => {
    const periods = expiryPeriods(COUNTS, NOW, 90);
    expect(periods).toHaveLength(90);
    expect(periods[0]).toEqual({
      from: '2026-11-22',
      until: '2026-11-23',
      days: 0,
      certificates: 1,
    });
    expect(periods[2]?.certificates).toBe(2);
    expect(periods.at(-1)).toMatchObject({ from: '2027-02-19', certificates: 4 });
  });

  it('is counted by several days where a day would be too narrow', () => {
    const periods = expiryPeriods(COUNTS, NOW, 180);
    expect(periods).toHaveLength(90);
    expect(periods[1]).toMatchObject({ from: '2026-11-24', until: '2026-11-26', certificates: 2 });
    expect(periods.reduce((sum, { certificates }) => sum + certificates, 0)).toBe(15);
  });

  it('is summed up', () => {
    expect(expiringWithin(COUNTS, NOW, 7)).toBe(3);
    expect(dayAfter(NOW, 7)).toBe('2026-11-29');
  });

  it.each([
    [0, 4],
    [3, 4],
    [5, 6],
    [11, 12],
    [201, 400],
    [1_000, 1_000],
    [1_044, 1_200],
  ])('is drawn on a scale: %d up to %d', (most, top) => {
    expect(scaleTop(most)).toBe(top);
  });
});
