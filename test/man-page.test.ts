import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manPage } from '../scripts/man-page.ts';
import { runProgram } from './support/program.ts';
import { ROOT } from './support/source-files.ts';
import { openTempDir } from './support/temp-dir.ts';

const hasMan = await runProgram('man', ['--version']).then(
  ({ status }) => status === 0,
  () => false,
);

describe('certctl(1)', () => {
  it('has every command, and each option that most have once', () => {
    const page = manPage();
    for (const heading of [
      'certctl issue [name...]',
      'certctl ca export',
      'certctl import [dir]',
    ]) {
      expect(page).toContain(`.SS "${heading}"`);
    }
    expect(page.match(/^\.B \\-\\-json$/gm)).toHaveLength(1);
    expect(page).toContain(String.raw`.B \-\-challenge <type>`);
  });

  it('is what scripts/man-page.ts prints', async () => {
    expect(await readFile(join(ROOT, 'man/certctl.1'), 'utf8')).toBe(manPage());
  });

  it.skipIf(!hasMan)('is rendered without a warning', async () => {
    await using dir = await openTempDir();
    await writeFile(dir.file('certctl.1'), manPage());
    const result = await runProgram('man', ['--warnings=all', '-l', dir.file('certctl.1')], {
      env: {
        ...process.env,
        MANWIDTH: '100',
        MAN_KEEP_FORMATTING: '',
        PAGER: 'cat',
        LC_ALL: 'C.UTF-8',
      },
    });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toContain('certctl issue [name...]');
  });
});
