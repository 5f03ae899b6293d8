/**
 * A table that scrolls by itself where the page is too narrow for it.
 *
 * @module
 */
import type { ComponentChildren } from 'preact';

/** The title of a column, as a whole or of one with numbers. */
export type Column = string | { readonly number: string };

interface Props {
  /** What it lists, for screen readers: `orders`. */
  readonly of: string;
  readonly columns: readonly Column[];
  readonly isNarrow?: boolean;
  /** The rows. */
  readonly children: ComponentChildren;
}

export function ScrollTable({ of, columns, isNarrow = false, children }: Props) {
  return (
    <div class="table-scroll" role="region" aria-label={`Table of ${of}`} tabIndex={0}>
      <table class={isNarrow ? 'table narrow' : 'table'}>
        <thead>
          <tr>
            {columns.map((column) =>
              typeof column === 'string' ? (
                <th key={column} scope="col">
                  {column}
                </th>
              ) : (
                <th key={column.number} scope="col" class="number">
                  {column.number}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
