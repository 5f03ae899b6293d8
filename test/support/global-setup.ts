/**
 * Fetches the test CA once, before the first of the test files that need it.
 *
 * @module
 */
import { findPebblePrograms, rememberFailure } from './pebble-programs.ts';

/** Never fails: without the CA the tests that need it fail, and all others still run. */
export async function setup(): Promise<void> {
  try {
    await findPebblePrograms();
  } catch (thrown) {
    rememberFailure(thrown);
  }
}
