import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, after } from '../core/clock.ts';
import { relativeTime } from './time-text.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

describe('relativeTime', () => {
  it.each([
    [0, 'in 0 min'],
    [29 * SECOND_MS, 'in 0 min'],
    [90 * MINUTE_MS, 'in 90 min'],
    [2 * HOUR_MS, 'in 2 h'],
    [47 * HOUR_MS, 'in 47 h'],
    [2 * DAY_MS, 'in 2 d'],
    [29.4 * DAY_MS, 'in 29 d'],
    [-5 * MINUTE_MS, '5 min ago'],
    [-3 * HOUR_MS, '3 h ago'],
    [-400 * DAY_MS, '400 d ago'],
  ])('says %d ms as "%s"', (distance, expected) => {
    expect(relativeTime(after(NOW, distance).toISOString(), NOW)).toBe(expected);
  });
});
