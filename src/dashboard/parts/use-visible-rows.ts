/**
 * Keeps up with scrolling and with the size of the window.
 *
 * @module
 */
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type VisibleRows, visibleRows } from './visible-rows.ts';

const FIRST_SHOWN = 40;

/** As it was measured last: a list that is shown again is at once as high as it was. */
let knownRowHeight = 48;

/** @param list its custom property `--row-height` says how high a row is. */
export function useVisibleRows(
  list: RefObject<HTMLElement | null>,
  count: number,
): VisibleRows & { readonly rowHeight: number } {
  const [rows, setRows] = useState(() => ({
    first: 0,
    end: Math.min(count, FIRST_SHOWN),
    rowHeight: knownRowHeight,
  }));
  useEffect(() => {
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const { current } = list;
      if (current === null) return;
      const rowHeight = Number.parseFloat(
        getComputedStyle(current).getPropertyValue('--row-height'),
      );
      knownRowHeight = rowHeight;
      const { top } = current.getBoundingClientRect();
      const { first, end } = visibleRows(count, { top, height: innerHeight, rowHeight });
      setRows((before) =>
        before.first === first && before.end === end && before.rowHeight === rowHeight
          ? before
          : { first, end, rowHeight },
      );
    };
    const schedule = (): void => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    addEventListener('scroll', schedule, { passive: true });
    addEventListener('resize', schedule);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', schedule);
      removeEventListener('resize', schedule);
    };
  }, [list, count]);
  return rows;
}
