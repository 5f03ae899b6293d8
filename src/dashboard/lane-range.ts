/**
 * Which part of time the lives of certificates are drawn in.
 *
 * @module
 */
import { DAY_MS, dayText, instantText } from './format.ts';

export interface LaneRange {
  readonly begin: number;
  readonly end: number;
}

interface Life {
  readonly notBefore: string;
  readonly notAfter: string;
}

const LEAST_MS = DAY_MS;
/** Shorter than that the day says too little. */
const BY_DAY_MS = 4 * DAY_MS;

/** To the last end; of what is past no more than of what comes, which is what somebody looks for. */
export function laneRange(lives: readonly Life[], now: Date): LaneRange {
  const present = now.getTime();
  const last = Math.max(present, ...lives.map(({ notAfter }) => Date.parse(notAfter)));
  const first = Math.min(present, ...lives.map(({ notBefore }) => Date.parse(notBefore)));
  const ahead = Math.max(last - present, LEAST_MS);
  return { begin: Math.max(first, present - ahead), end: present + ahead };
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** So many instants with what is written at them, the first at the beginning. */
export function laneTicks({ begin, end }: LaneRange, count: number): Tick[] {
  const text = end - begin < BY_DAY_MS ? instantText : dayText;
  return Array.from({ length: count }, (_none, index) => {
    const at = begin + ((end - begin) * index) / count;
    return { at, label: text(new Date(at)) };
  });
}
