import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import { drawInstant, shortestUseMs } from './renewal-instant.ts';

const START = new Date('2026-12-01T00:00:00Z');
const WINDOW = { start: START, end: after(START, 2 * DAY_MS) };

describe('drawInstant', () => {
  it('draws uniformly between the ends of the window', () => {
    expect(drawInstant(WINDOW, {}, () => 0)).toEqual(WINDOW.start);
    expect(drawInstant(WINDOW, {}, () => 0.5)).toEqual(after(START, DAY_MS));
    expect(drawInstant(WINDOW, {}, () => 0.999_999).getTime()).toBeLessThan(WINDOW.end.getTime());
  });

  it('keeps the instant while the window stays the same', () => {
    const before = { window: WINDOW, renewAt: after(START, 5) };
    expect(drawInstant({ ...WINDOW }, before, () => 0.9)).toEqual(before.renewAt);
  });

  it('draws again when the window has moved', () => {
    const before = { window: WINDOW, renewAt: after(START, 5) };
    const moved = { start: after(START, DAY_MS), end: WINDOW.end };
    expect(drawInstant(moved, before, () => 0)).toEqual(moved.start);
  });
});

describe('shortestUseMs', () => {
  it.each([
    [90 * DAY_MS, HOUR_MS],
    [DAY_MS, 28.8 * MINUTE_MS],
    [10 * MINUTE_MS, MINUTE_MS],
  ])('of a life of %i ms is %i ms', (life, use) => {
    expect(shortestUseMs({ notBefore: START, notAfter: after(START, life) })).toBe(use);
  });
});
