/**
 * The two spellings of a duration's key: `timeoutMs` in the program is `timeout` in the file, with a unit.
 *
 * @module
 */

const SUFFIX = 'Ms';

export function isDuration(key: string): boolean {
  return key.endsWith(SUFFIX);
}

export function inFile(key: string): string {
  return isDuration(key) ? key.slice(0, -SUFFIX.length) : key;
}
