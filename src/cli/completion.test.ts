import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../test/support/program.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { renderCompletion } from './completion.ts';
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
    ['certctl issue --challenge tls', ['tls-alpn-01']],
    ['certctl issue --email ', []],
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

  it('offers files and folders where an option takes one', async () => {
    await using directory = await openTempDir();
    await writeFile(directory.file('roots.pem'), '');
    expect(await complete('certctl issue --ca-bundle ro', directory.path)).toEqual(['roots.pem']);
    await mkdir(directory.file('tls'));
    const folders = await complete('certctl export app.example.com --out ', directory.path);
    expect(folders).toEqual(['tls']);
  });
});

describe('the scripts for other shells', () => {
  it.each(['zsh', 'fish'] as const)('%s has a place for every command', (shell) => {
    const script = renderCompletion(shell, createProgram());
    for (const command of createProgram().commands) expect(script).toContain(command.name());
  });
});
