import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], testTimeout: number, globalSetup?: string) => ({
  test: {
    name,
    include,
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    ...(globalSetup === undefined ? {} : { globalSetup: [globalSetup] }),
  },
});

const PEBBLE = 'test/support/global-setup.ts';

export default defineConfig({
  test: {
    // Most of the time is spent waiting for other programs, not for a core.
    maxWorkers: 4,
    projects: [
      project('unit', ['src/**/*.test.ts', 'test/*.test.ts', 'test/property/**/*.test.ts'], 20_000),
      project('contract', ['test/contract/**/*.test.ts'], 30_000),
      project('pebble', ['test/pebble/**/*.test.ts'], 120_000, PEBBLE),
      project('faults', ['test/faults/**/*.test.ts'], 180_000, PEBBLE),
      project('interop', ['test/interop/**/*.test.ts'], 180_000, PEBBLE),
    ],
  },
});
