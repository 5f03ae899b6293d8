import { describe, expect, it } from 'vitest';
import { bytesText, countText, relativeText, sentence, wordsOf } from './format.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const HOUR = 3_600_000;

describe('texts', () => {
  it.each([
    [0, 'now'],
    [-59_000, 'now'],
    [60_000, 'in 1 minute'],
    [89 * 60_000, 'in 89 minutes'],
    [2 * HOUR, 'in 2 hours'],
    [-47.9 * HOUR, '47 hours ago'],
    [49 * HOUR, 'in 2 days'],
    [-90 * 24 * HOUR, '90 days ago'],
  ])('say how far %d ms are away', (away, expected) => {
    expect(relativeText(new Date(NOW.getTime() + away), NOW)).toBe(expected);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_500, '1.5 kB'],
    [999_949, '1.0 MB'],
    [123_456_789, '123 MB'],
  ])('say how much %d bytes are', (bytes, expected) => {
    expect(bytesText(bytes)).toBe(expected);
  });

  it('count one and many', () => {
    expect(countText(1, 'certificate')).toBe('1 certificate');
    expect(countText(100_000, 'certificate')).toBe('100,000 certificates');
  });

  it('make words of identifiers', () => {
    expect(wordsOf('createToken')).toBe('Create token');
    expect(wordsOf('certificate.renewal_failed')).toBe('Certificate renewal failed');
  });

  it('make sentences of fragments', () => {
    expect(sentence('the CA said no')).toBe('The CA said no.');
    expect(sentence('Wait!')).toBe('Wait!');
    expect(sentence('policy:')).toBe('Policy:');
    expect(sentence('app.example.com is not there')).toBe('app.example.com is not there.');
    expect(sentence('*.example.com: taken')).toBe('*.example.com: taken.');
    expect(sentence('http-01 failed')).toBe('http-01 failed.');
    expect(sentence('due at 2026-11-22T12:00:00.000Z')).toMatch(/^Due at 2026-11-2\d \d\d:\d\d\.$/);
  });
});
