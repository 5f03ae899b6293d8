/**
 * Gives back the memory in which bulk data was read.
 *
 * Node reads into new memory each time. V8 frees it with its young garbage, but looks for that by
 * the size of its own objects, which are small here, and otherwise collects everything for each
 * 64 MiB. Until then bulk data goes through memory that no cache has.
 *
 * @module
 */

/** About what a processor keeps close. */
const MOST_OCTETS = 2 * 1024 * 1024;

let octetsRead = 0;

/** To be called with the length of what was read and passed on. */
export function notePassed(octets: number): void {
  octetsRead += octets;
  if (octetsRead < MOST_OCTETS) return;
  octetsRead = 0;
  // There with --expose-gc, which workers are started with.
  globalThis.gc?.({ type: 'minor' });
}
