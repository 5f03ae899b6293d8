import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { expandText } from './expand-text.ts';

const scope = { variables: { A: 'one', B: '${A}', EMPTY: '' }, directory: '/' };

describe('expandText', () => {
  it.each([
    ['${A}', 'one'],
    ['x${A}y${A}', 'xoneyone'],
    ['${B}', '${A}'],
    ['${EMPTY}', ''],
    ['$${A}', '${A}'],
    ['$$$$', '$$'],
    ['cost: 5$, $A', 'cost: 5$, $A'],
  ])('reads %s as %s', (text, expected) => {
    expect(expandText(text, scope)).toEqual({ found: expected });
  });

  it.each([
    ['${NOPE}', /environment variable NOPE, which is not set/],
    ['${toString}', /environment variable toString, which is not set/],
    ['${A', /"\$\{" without "\}"/],
    ['${}', /neither a variable nor/],
    ['${A:-x}', /neither a variable nor/],
    ['${file:/does/not/exist}', /cannot read \/does\/not\/exist: it does not exist/],
  ])('refuses %s', (text, expected) => {
    expect(expandText(text, scope)).toMatchObject({ failure: expect.stringMatching(expected) });
  });

  it('takes a file without its last line break, relative to the directory', async () => {
    await using directory = await openTempDir();
    await writeFile(directory.file('secret'), ' two \n\n');
    const found = expandText('<${file:secret}>', { variables: {}, directory: directory.path });
    expect(found).toEqual({ found: '< two \n>' });
  });

  it('refuses a file that is too long, and a pipe without waiting for its writer', async () => {
    await using directory = await openTempDir();
    await writeFile(directory.file('long'), 'x'.repeat(65 * 1024));
    execFileSync('mkfifo', [directory.file('pipe')]);
    const from = { variables: {}, directory: directory.path };
    expect(expandText('${file:long}', from).failure).toMatch(/more than 65536 bytes$/);
    expect(expandText('${file:pipe}', from).failure).toMatch(/not a regular file$/);
  });
});
