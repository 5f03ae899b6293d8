import { describe, expect, it } from 'vitest';
import { createStyle } from './style.ts';
import { renderTable } from './table.ts';

describe('renderTable', () => {
  it('aligns columns by their widest cell, without space at the end', () => {
    const rows = [
      ['NAMES', 'STATUS'],
      ['app.example.com', 'valid'],
      ['x', ''],
    ];
    expect(renderTable(rows)).toBe('NAMES            STATUS\napp.example.com  valid\nx');
  });

  it('does not count colors', () => {
    const style = createStyle(true);
    const [first = '', second = ''] = renderTable([
      [style.green('valid'), 'a'],
      ['expired', 'b'],
    ]).split('\n');
    expect(first).toContain('\u001b[');
    expect(first.endsWith('    a')).toBe(true);
    expect(second).toBe('expired  b');
  });

  it('takes rows of different lengths, and none', () => {
    expect(renderTable([['a'], ['b', 'c']])).toBe('a\nb  c');
    expect(renderTable([])).toBe('');
  });
});
