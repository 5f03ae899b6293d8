/**
 * The package that npm makes, installed and used where there is no clone.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../support/free-port.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { ROOT } from '../support/source-files.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

const NPM_TIMEOUT_MS = 120_000;

/** @returns the package as users get it. */
async function pack(dir: TempDir): Promise<string> {
  const args = ['pack', '--json', '--loglevel=error', '--pack-destination', dir.path];
  const packed = await runProgram('npm', args, { cwd: ROOT, timeoutMs: NPM_TIMEOUT_MS });
  expect(packed, packed.stderr).toMatchObject({ status: 0 });
  return dir.file(/certctl-[\w.-]+\.tgz/.exec(packed.stdout)?.[0] ?? '');
}

async function install(dir: TempDir, ...args: string[]): Promise<void> {
  // From npm's cache, which has what the clone was installed from.
  const options = ['--prefer-offline', '--ignore-scripts', '--omit=dev', '--omit=optional'];
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await runProgram('npm', ['install', ...options, ...quiet, ...args], {
    cwd: dir.path,
    timeoutMs: NPM_TIMEOUT_MS,
  });
  expect(installed, installed.stderr).toMatchObject({ status: 0 });
}

const CONSUMER = `
import { createServer } from 'node:https';
import { type Manager, createManager, createTerminator, sniCallback } from 'certctl';

const manager: Manager = await createManager({
  dataDir: 'library',
  issuer: 'internal',
  certificates: ['app.internal', ['a.internal', 'b.internal'], { names: ['c.internal'], keyType: 'ec384' }],
});
manager.on('certificate.renewed.v1', ({ data }) => void data.previousSerial.length);
// @ts-expect-error there is no such event
manager.on('certificate.painted.v1', () => {});
// @ts-expect-error there is no such option
const wrong = createManager({ dataDir: 'data', colour: 'red' });
await wrong.catch((error: Error) => console.log(error.message));
const server = manager.answerChallenges(createServer({ SNICallback: sniCallback(manager) }));
// It is the server that was given.
server.setTimeout(1_000);
await manager.ready();
const { pair, current } = await manager.show('c.internal');
console.log(pair === undefined, current?.keyType);
const terminator = await createTerminator(manager, { listeners: [] });
console.log(terminator.counters().open);
await manager.close();
`;

describe('the package', () => {
  let dir: TempDir;
  let tarball: string;

  beforeAll(async () => {
    dir = await openTempDir();
    tarball = await pack(dir);
  });
  afterAll(() => dir[Symbol.asyncDispose]());

  it('is a library whose types hold for its users', async () => {
    await writeFile(dir.file('package.json'), '{ "private": true, "type": "module" }');
    await install(dir, tarball);
    await writeFile(dir.file('consumer.ts'), CONSUMER);
    const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--noEmit'];
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const checked = await runProgram(
      tsc,
      [...options, '--lib', 'es2025,esnext.disposable', '--skipLibCheck', ...types, 'consumer.ts'],
      { cwd: dir.path },
    );
    expect(checked, checked.stdout).toMatchObject({ status: 0 });
    const ran = await runProgram(process.execPath, ['consumer.ts'], { cwd: dir.path });
    expect(ran, ran.stderr).toMatchObject({ status: 0 });
    expect(ran.stdout).toMatch(/^the options: .*colour.*\n(?:.*\n)*true ec384\n0\n$/);
  });

  it('installs as certctl with its man page, has its documents, issues and serves', async () => {
    await install(dir, '--global', '--prefix', dir.file('prefix'), tarball);
    const certctl = dir.file('prefix/bin/certctl');
    const run = async (...args: string[]): Promise<string> => {
      const result = await runProgram(certctl, args, { cwd: dir.path });
      expect(result, result.stderr).toMatchObject({ status: 0 });
      return result.stdout;
    };
    const inside = (path: string): string => dir.file(`prefix/lib/node_modules/certctl/${path}`);
    for (const path of [
      dir.file('prefix/share/man/man1/certctl.1'),
      inside('docs/running.md'),
      inside('deploy/systemd/certctl.service'),
      inside('dist/dashboard/index.html'),
    ]) {
      const there = await runProgram('test', ['-s', path]);
      expect(there.status, path).toBe(0);
    }
    const sources = await runProgram('find', [
      inside('.'),
      '-name',
      '*.test.*',
      '-o',
      '-name',
      'src',
    ]);
    expect(sources.stdout).not.toContain('certctl/dist/');

    expect(await run('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    const [port = 0, upstream = 0] = await freePorts(2);
    await writeFile(
      dir.file('certctl.yaml'),
      `dataDir: ${dir.file('data')}
defaults: { issuer: internal }
certificates: [{ names: [app.internal] }]
listeners: [{ address: "127.0.0.1:${port}" }]
endpoints: [{ host: app.internal, protocol: https, upstream: "http://127.0.0.1:${upstream}" }]
workers: 1
`,
    );
    expect(await run('issue', 'app.internal')).toContain('issued app.internal by internal');
    await writeFile(dir.file('root.pem'), await run('ca', 'export'));
    await using daemon = await startProgram(certctl, ['serve'], { cwd: dir.path });
    await daemon.waitForLine(/"msg":"ready"/, 30_000);
    const trust = ['--cacert', dir.file('root.pem'), '--resolve', `app.internal:${port}:127.0.0.1`];
    const answer = await runProgram('curl', [...trust, '-si', `https://app.internal:${port}/`]);
    // No upstream is there, and the handshake was good.
    expect(answer).toMatchObject({ status: 0, stdout: expect.stringContaining('502') });
  });
});
