/**
 * Which rows of a long list are on the screen: the others are not in the document.
 *
 * @module
 */

export interface Viewport {
  /** Of the list, as the screen's top is 0. */
  readonly top: number;
  readonly height: number;
  readonly rowHeight: number;
}

export interface VisibleRows {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

/** Rows beyond the screen on each side, for scrolling and for the Tab key. */
const SPARE = 12;

export function visibleRows(count: number, { top, height, rowHeight }: Viewport): VisibleRows {
  const first = Math.floor(-top / rowHeight) - SPARE;
  const end = Math.ceil((height - top) / rowHeight) + SPARE;
  const inside = (row: number): number => Math.min(Math.max(row, 0), count);
  return { first: inside(first), end: inside(end) };
}
