/**
 * Who only imports the library pays for a few lines: nothing else is loaded until it is used.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { runProgram } from './support/program.ts';
import { ROOT } from './support/source-files.ts';
import { openTempDir } from './support/temp-dir.ts';
import { workerGraph } from './support/worker-graph.ts';

describe('the library', () => {
  it('is imported without any package', () => {
    const imported = workerGraph('index.ts', 'static');
    expect(imported.packages).toEqual([]);
    expect(imported.files.toSorted()).toEqual([
      'index.ts',
      'sdk/create-manager.ts',
      'sdk/create-terminator.ts',
      'sdk/sni-callback.ts',
    ]);
  });

  it('loads its native module when a manager is created, and not before', async () => {
    await using dir = await openTempDir();
    const program = `
      import { createManager } from 'certctl';
      const natives = () => process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'));
      const before = natives();
      const manager = await createManager({ dataDir: ${JSON.stringify(dir.file('data'))}, issuer: 'internal' });
      await manager.close();
      console.log(JSON.stringify({ before, after: natives().length }));
    `;
    const args = ['--conditions=source', '--input-type=module', '--eval', program];
    const result = await runProgram(process.execPath, args, { cwd: ROOT });
    expect(result, result.stderr).toMatchObject({ status: 0 });
    expect(JSON.parse(result.stdout)).toEqual({ before: [], after: 1 });
  });
});
