/**
 * Builds the dashboard once, before the first of the test files that look at it.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const CONFIG = fileURLToPath(new URL('../../src/dashboard/vite.config.ts', import.meta.url));

export async function setup(): Promise<void> {
  // vitest's own mode would build something else than users get.
  await build({ configFile: CONFIG, mode: 'production', logLevel: 'warn' });
}
