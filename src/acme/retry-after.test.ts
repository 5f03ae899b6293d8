import { describe, expect, it } from 'vitest';
import { after, DAY_MS } from '../core/clock.ts';
import { LONGEST_RETRY_AFTER_MS, parseRetryAfter } from './retry-after.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

describe('parseRetryAfter (RFC 9110 §10.2.3)', () => {
  it.each([
    ['120', '2026-01-01T00:02:00Z'],
    ['0', '2026-01-01T00:00:00Z'],
    ['Thu, 01 Jan 2026 01:00:00 GMT', '2026-01-01T01:00:00Z'],
    ['Thursday, 01-Jan-26 01:00:00 GMT', '2026-01-01T01:00:00Z'],
    ['Thu Jan  1 01:00:00 2026', '2026-01-01T01:00:00Z'],
    ['Wed, 31 Dec 2025 00:00:00 GMT', '2026-01-01T00:00:00Z'],
  ])('reads %j', (header, instant) => {
    expect(parseRetryAfter(header, NOW)).toEqual(new Date(instant));
  });

  it.each([undefined, '', 'soon', '-5', '1.5', '2027-01-01', '12 h', 'Thu, 99 Foo 2026 01:00:00'])(
    'ignores %j',
    (header) => {
      expect(parseRetryAfter(header, NOW)).toBeUndefined();
    },
  );

  it('does not wait for years', () => {
    const latest = after(NOW, LONGEST_RETRY_AFTER_MS);
    expect(parseRetryAfter('999999999999', NOW)).toEqual(latest);
    expect(parseRetryAfter('Sat, 01 Jan 2089 00:00:00 GMT', NOW)).toEqual(latest);
    expect(LONGEST_RETRY_AFTER_MS).toBeGreaterThan(7 * DAY_MS);
  });
});
