import { assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { quoteText, unquoteText } from './character-strings.ts';

it.each([
  ['"one"', 'one'],
  ['"one" "two"', 'onetwo'],
  [String.raw`"a \"b\" \\ \065"`, String.raw`a "b" \ A`],
  ['bare', 'bare'],
  ['""', ''],
])('reads %s', (content, value) => {
  expect(unquoteText(content)).toBe(value);
});

it('writes strings of at most 255 characters', () => {
  expect(quoteText('x'.repeat(300))).toBe(`"${'x'.repeat(255)}" "${'x'.repeat(45)}"`);
});

it('reads back what it writes', () => {
  assert(
    property(string({ unit: 'grapheme-ascii', maxLength: 600 }), (value) => {
      expect(unquoteText(quoteText(value))).toBe(value);
    }),
  );
});
