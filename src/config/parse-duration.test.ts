import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './parse-duration.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('reads %s, and formatDuration writes it again', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
    expect(formatDuration(expected)).toBe(text);
  });

  it.each(['', '5', '5 s', '-1s', '1.5h', '5M', '1w', '25d', '99999999999s'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
