/**
 * The names that clients asked for in vain, in bounded number.
 *
 * @module
 */
import { isAddress, type Name } from '../core/names.ts';
import { BoundedMap } from '../core/bounded-map.ts';

export type UnknownNameCount = readonly [name: string, count: number];

/** Of more names than this those are forgotten that were not asked for the longest. */
export const MOST_UNKNOWN_NAMES = 500;

export class UnknownNames {
  readonly #counts = new BoundedMap<Name, number>(MOST_UNKNOWN_NAMES);

  note(name: Name): void {
    // Who goes through addresses asks for none of ours.
    if (!isAddress(name)) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** All since the last time. */
  take(): UnknownNameCount[] {
    const names = [...this.#counts.keys()];
    const taken = names.map((name) => [name, this.#counts.get(name) ?? 0] as const);
    this.#counts.clear();
    return taken;
  }
}
