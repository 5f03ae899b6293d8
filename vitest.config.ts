import { defineConfig } from 'vitest/config';

/** Most of the time is spent waiting for other programs, not for a core. */
const TOGETHER = { sequence: { groupOrder: 0 }, maxWorkers: 4 };
/** Tests that have a time to keep run after the others, one at a time. */
const ALONE = { sequence: { groupOrder: 1 }, maxWorkers: 1 };

const project = (
  name: string,
  include: string[],
  testTimeout: number,
  globalSetup: string[] = [],
  company: typeof TOGETHER = TOGETHER,
) => ({
  test: {
    ...company,
    name,
    include,
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    // Pebble draws by chance what it refuses and how long it sleeps; a fault of ours fails twice.
    ...(globalSetup.length === 0 ? {} : { globalSetup, retry: 1 }),
  },
});

const PEBBLE = 'test/support/global-setup.ts';
const DASHBOARD = 'test/browser/build-dashboard.ts';

export default defineConfig({
  test: {
    projects: [
      project('unit', ['src/**/*.test.ts', 'test/*.test.ts', 'test/property/**/*.test.ts'], 20_000),
      project('contract', ['test/contract/**/*.test.ts'], 30_000),
      project('pebble', ['test/pebble/**/*.test.ts'], 120_000, [PEBBLE]),
      project('faults', ['test/faults/**/*.test.ts'], 180_000, [PEBBLE]),
      project('interop', ['test/interop/**/*.test.ts'], 180_000, [PEBBLE], ALONE),
      project('browser', ['test/browser/**/*.test.ts'], 180_000, [PEBBLE, DASHBOARD], ALONE),
    ],
  },
});
