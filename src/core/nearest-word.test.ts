import { describe, expect, it } from 'vitest';
import { nearestWord } from './nearest-word.ts';

describe('nearestWord', () => {
  const known = ['certificates', 'challenge', 'dns', 'defaults', 'main', 'own'];

  it.each([
    ['certficates', 'certificates'],
    ['Challenges', 'challenge'],
    ['mian', 'main'],
    ['onw', 'own'],
    ['dsn', 'dns'],
  ])('takes %s for %s', (word, expected) => {
    expect(nearestWord(word, known)).toBe(expected);
  });

  it.each(['upstream', 'x', 'x'.repeat(100_000)])('knows nothing like %.20s', (word) => {
    expect(nearestWord(word, known)).toBeUndefined();
  });
});
