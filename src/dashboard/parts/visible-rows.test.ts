import { expect, it } from 'vitest';
import { visibleRows } from './visible-rows.ts';

it.each([
  ['at the top', 100_000, 200, 0, 28],
  ['in the middle', 100_000, -50_000, 988, 1_032],
  ['at the end', 1_000, -49_400, 976, 1_000],
  ['of a short list', 5, 200, 0, 5],
  ['of a list that has become short', 3, -50_000, 3, 3],
  ['of nothing', 0, 0, 0, 0],
])('chooses the rows that are seen %s', (_title, count, top, first, end) => {
  expect(visibleRows(count, { top, height: 1_000, rowHeight: 50 })).toEqual({ first, end });
});
