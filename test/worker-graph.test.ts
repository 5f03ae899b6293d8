/**
 * A worker could run on another runtime or host: it needs no native module and nothing of the
 * control plane.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { workerGraph } from './support/worker-graph.ts';

/** What workers may be made of. */
const FOLDERS = ['core', 'feed', 'fips', 'observe', 'terminator', 'wire'];
const PACKAGES = ['pino', 'undici', 'zod'];

const { files, packages } = workerGraph();

describe('the worker program', () => {
  it('reaches the terminator', () => {
    expect(files).toContain('terminator/terminator.ts');
    expect(packages).toContain('undici');
  });

  it('imports nothing of store, lifecycle, configuration or issuing', () => {
    const foreign = files.filter((file) => !FOLDERS.includes(file.split('/')[0] ?? ''));
    expect(foreign).toEqual(['main/worker.ts']);
  });

  it('imports only packages in plain JavaScript', () => {
    const foreign = packages.filter(
      (name) => !name.startsWith('node:') && !PACKAGES.includes(name),
    );
    expect(foreign).toEqual([]);
  });

  it('loads no native module', () => {
    expect(packages.filter((name) => name === 'node:sqlite')).toEqual([]);
    expect(workerGraph('main/daemon.ts').packages).toContain('better-sqlite3');
  });
});
