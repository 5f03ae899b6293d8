/**
 * Columns of text.
 *
 * @module
 */
import { stripVTControlCharacters } from 'node:util';

const GAP = '  ';

/** Left-aligned columns, each as wide as its widest cell. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    }
  }
  return rows.map((row) => renderRow(row, widths)).join('\n');
}

function renderRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
    .join(GAP)
    .trimEnd();
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
