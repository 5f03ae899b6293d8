/**
 * `certctl` where the machine's Node is older than the one it needs.
 *
 * @module
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram, startProgram } from '../support/program.ts';
import { ROOT } from '../support/source-files.ts';
import { openTempDir } from '../support/temp-dir.ts';

const PROGRAM = 'bin/certctl.js';
/** Calls itself 20, and has what 24 has: for machines without an older Node. */
const PRETENDING = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})`;
const hasPinned = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);

const nodes: [string, string, ...string[]][] = [
  ['one that calls itself 20', process.execPath, '--import', PRETENDING],
];
const own = await findOldNode();
if (own !== undefined) nodes.push([`${own.version} of this machine`, own.file]);

/** The first Node on PATH that is not the clone's own, if it is too old. */
async function findOldNode(): Promise<{ file: string; version: string } | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const folder of folders.filter((path) => !path.includes('node_modules'))) {
    const file = join(folder, 'node');
    const result = await runProgram(file, ['--version']).catch(() => undefined);
    if (result?.status !== 0) continue;
    const version = result.stdout.trim();
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24 ? { file, version } : undefined;
  }
  return undefined;
}

describe.skipIf(!hasPinned).each(nodes)('on %s', (_, node, ...options) => {
  it('runs on the Node that came along, with its output and exit status', async () => {
    const run = (...args: string[]) =>
      runProgram(node, [...options, join(ROOT, PROGRAM), ...args], { cwd: ROOT });
    expect(await run('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+(\.\d+){2}\n$/),
      stderr: '',
    });
    expect(await run('no-such-command')).toMatchObject({ status: 64 });
  });

  it('hands signals on to the daemon, and ends with it', async () => {
    await using dir = await openTempDir();
    const config = dir.file('certctl.yaml');
    await writeFile(config, 'dataDir: ./data\nlisteners: []\nworkers: 1\n');
    const serve = [join(ROOT, PROGRAM), 'serve', '--config', config];
    await using daemon = await startProgram(node, [...options, ...serve], { cwd: dir.path });
    await daemon.waitForLine(/"msg":"ready"/, 30_000);
    daemon.kill('SIGHUP');
    await daemon.waitForLine(/"msg":"configuration applied"/, 30_000);
    daemon.kill('SIGTERM');
    expect(await daemon.exited).toMatchObject({ status: 0, signal: null });
    expect(daemon.output).toContain('"msg":"stopping"');
  });

  it('says what to install where none came along', async () => {
    await using dir = await openTempDir();
    await mkdir(dir.file('bin'));
    await copyFile(join(ROOT, PROGRAM), dir.file(PROGRAM));
    await writeFile(dir.file('package.json'), '{ "type": "module" }');
    const result = await runProgram(node, [...options, dir.file(PROGRAM), 'list']);
    expect(result).toMatchObject({ status: 78, stdout: '' });
    expect(result.stderr).toMatch(
      /^certctl: error: Node \S+ is too old\n {2}mend: install Node 24/,
    );
  });
});
