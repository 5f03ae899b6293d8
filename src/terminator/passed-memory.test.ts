import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProgram } from '../../test/support/program.ts';

const PROGRAM = fileURLToPath(new URL('../../test/support/blocks-program.ts', import.meta.url));

async function mostMebibytes(...args: readonly string[]): Promise<number> {
  const run = await runProgram(process.execPath, ['--expose-gc', PROGRAM, ...args]);
  expect(run.stderr).toBe('');
  return Number(run.stdout);
}

it('keeps the memory of what was read small, which it is not by itself', async () => {
  expect(await mostMebibytes('note')).toBeLessThan(8);
  expect(await mostMebibytes()).toBeGreaterThan(24);
});
