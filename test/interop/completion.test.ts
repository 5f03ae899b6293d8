/**
 * The completion scripts in the shells that they are for, by what a Tab offers there.
 *
 * @module
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHELLS, renderCompletion } from '../../src/cli/completion.ts';
import { createProgram } from '../../src/cli/main.ts';
import { type PeerProgram, findDebianProgram } from '../support/debian-program.ts';
import { runProgram } from '../support/program.ts';
import { ROOT } from '../support/source-files.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

type Offer = (shell: PeerProgram, dir: TempDir, script: string, line: string) => Promise<string[]>;

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const OFFERS: Readonly<Record<(typeof SHELLS)[number], Offer>> = {
  async bash({ file, options }, { path: cwd }, script, line) {
    const words = line.split(' ');
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const ask = `source ${script}
COMP_WORDS=(${quoted}) COMP_CWORD=${words.length - 1}
_certctl
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = await runProgram(file, ['-c', ask], { ...options, cwd });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return linesOf(stdout);
  },
  async zsh({ file, options }, dir, script, line) {
    const matches = dir.file('matches');
    await writeFile(matches, '');
    const inside = join(ROOT, 'test/support');
    const env = {
      ...process.env,
      ...options.env,
      TERM: 'dumb',
      MATCHES: matches,
      COMPLETION: script,
      SETUP: join(inside, 'completion-matches.zsh'),
      ZSH_PROGRAM: file,
      // Unpacked somewhere, it does not find its own modules and functions.
      ZSH_ROOT: options.env === undefined ? '' : file.replace(/\/(?:usr\/)?bin\/zsh$/, ''),
    };
    const ran = await runProgram(file, ['-f', join(inside, 'completion-driver.zsh'), line], {
      env,
      cwd: dir.path,
    });
    expect(ran.status, ran.stderr).toBe(0);
    const lines = linesOf(await readFile(matches, 'utf8'));
    // The last one is the line itself: it was typed and completed.
    expect(lines.pop()).toMatch(/^= certctl/);
    return lines;
  },
  async fish({ file, options }, { path: cwd }, script, line) {
    const ask = `source ${script}; complete -C '${line}'`;
    const env = { ...process.env, ...options.env, HOME: cwd };
    const ran = await runProgram(file, ['--no-config', '-c', ask], { env, cwd });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    return linesOf(ran.stdout).map((offer) => offer.split('\t')[0] ?? '');
  },
};

const CASES: readonly [line: string, offered: readonly string[]][] = [
  ['certctl is', ['issue']],
  ['certctl re', ['remove', 'renew', 'restore', 'revoke']],
  ['certctl ca ', ['export']],
  ['certctl ca export --iss', ['--issuer']],
  ['certctl issue app.example.com --dr', ['--dry-run']],
  ['certctl issue --challenge tls', ['tls-alpn-01']],
  ['certctl issue --ca-bundle ro', ['roots.pem']],
  ['certctl issue --key-type rsa2048 --dat', ['--data-dir']],
  ['certctl list --dr', []],
  ['certctl token create ci --role ', ['admin', 'operator', 'viewer']],
  ['certctl backup ro', ['roots.pem']],
  ['certctl completion ', ['bash', 'fish', 'zsh']],
];

describe.each(SHELLS)('the completion of %s', (shell) => {
  it('offers what a command takes, where it takes it', async ({ skip }) => {
    const program = await findDebianProgram(shell);
    if (typeof program === 'string') return skip(program);
    await using dir = await openTempDir();
    const script = dir.file('completion');
    await writeFile(script, renderCompletion(shell, createProgram()));
    await writeFile(dir.file('roots.pem'), '');
    await mkdir(dir.file('others'));
    for (const [line, offered] of CASES) {
      const found = await OFFERS[shell](program, dir, script, line);
      // Bash and zsh show options with the words; who types no dash wants a word.
      const words = line.endsWith(' ') ? found.filter((offer) => !offer.startsWith('-')) : found;
      expect([line, words.toSorted()]).toEqual([line, offered]);
    }
    const all = await OFFERS[shell](program, dir, script, 'certctl ');
    const names = createProgram().commands.map((command) => command.name());
    expect(all).toEqual(expect.arrayContaining(names));
  });
});
