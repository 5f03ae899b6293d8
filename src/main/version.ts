/**
 * The version of this program, from its package.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** Both layouts, `src/main` and `dist/main`, lie two folders below the package. */
const PACKAGE = new URL('../../package.json', import.meta.url);

export function readVersion(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  return version;
}
