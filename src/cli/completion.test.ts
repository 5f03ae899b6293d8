import { readdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../test/support/program.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { SHELLS, renderCompletion } from './completion.ts';
import { createProgram } from './main.ts';

/** What bash offers for this line, whose last word is being typed. */
async function complete(line: string, cwd?: string): Promise<string[]> {
  const words = line.split(' ');
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `set -eu
${renderCompletion('bash', createProgram())}
test "$(complete -p certctl)" = 'complete -F _certctl certctl'
COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1} COMPREPLY=()
set +e
_certctl
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const options = cwd === undefined ? {} : { cwd };
  const { status, stdout, stderr } = await runProgram('bash', ['-c', script], options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('the script for bash', () => {
  it.each([
    ['certctl is', ['issue']],
    ['certctl re', ['renew', 'revoke', 'remove', 'restore']],
    ['certctl issue --chal', ['--challenge']],
    ['certctl issue app.example.com --dr', ['--dry-run']],
    ['certctl issue --key-type ec256 --dat', ['--data-dir']],
    ['certctl list --dr', []],
    ['certctl ca ex', ['export']],
    ['certctl ca export --iss', ['--issuer']],
    ['certctl completion ', ['bash', 'zsh', 'fish', '--help']],
    ['certctl nosuch --chal', []],
  ])('completes "%s"', async (line, expected) => {
    expect(await complete(line)).toEqual(expected);
  });

  it('offers every command', async () => {
    const names = createProgram().commands.map((command) => command.name());
    expect(await complete('certctl ')).toEqual(expect.arrayContaining(names));
  });

  it('offers files where an option takes one', async () => {
    await using directory = await openTempDir();
    await writeFile(directory.file('roots.pem'), '');
    expect(await complete('certctl issue --ca-bundle ro', directory.path)).toEqual(['roots.pem']);
    expect(await complete('certctl export app.example.com --out ', directory.path)).toEqual(
      await readdir(directory.path),
    );
  });
});

describe('the scripts for other shells', () => {
  it.each(SHELLS.filter((shell) => shell !== 'fish'))('%s can be parsed', async (shell) => {
    const script = renderCompletion(shell, createProgram());
    const { status, stderr } = await runProgram('bash', ['-n'], { input: script });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('fish has one well-formed line for each command and option', () => {
    const lines = renderCompletion('fish', createProgram()).split('\n');
    const WORD = String.raw`'(?:[^'\\]|\\.)*'`;
    const line = new RegExp(
      `^complete -c certctl (?:-f|-n ${WORD} (?:-a [a-z]+|-l [a-z0-9-]+) -d ${WORD})$`,
    );
    expect(lines.filter((text) => !line.test(text))).toEqual([]);
    expect(lines).toContainEqual(expect.stringContaining('-a issue'));
    expect(lines).toContainEqual(expect.stringMatching(/from ca; and .* export' -l issuer/));
  });

  it.for(['zsh', 'fish'] as const)('%s itself accepts its script', async (shell, { skip }) => {
    const installed = await runProgram(shell, ['--version']).catch(() => undefined);
    skip(installed === undefined, `${shell} is not installed`);
    const script = renderCompletion(shell, createProgram());
    const { status } = await runProgram(shell, ['-n'], { input: script });
    expect(status).toBe(0);
  });
});
