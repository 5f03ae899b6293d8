import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../src/config/environment.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { runProgram } from './support/program.ts';
import { ROOT } from './support/source-files.ts';
import { openTempDir } from './support/temp-dir.ts';

const UNITS = join(ROOT, 'deploy/systemd');
const hasAnalyzer = await runProgram('systemd-analyze', ['--version']).then(
  ({ status }) => status === 0,
  () => false,
);

describe.skipIf(!hasAnalyzer)('the units in deploy/systemd, to systemd-analyze', () => {
  it('are without fault', async () => {
    await using dir = await openTempDir();
    const service = await readFile(join(UNITS, 'certctl.service'), 'utf8');
    expect(service).toContain('ExecStart=/usr/bin/certctl ');
    const units = [dir.file('certctl.service'), dir.file('certctl.socket')];
    // What is not installed here would be a fault, too.
    await writeFile(units[0] ?? '', service.replace('/usr/bin/certctl', process.execPath));
    await copyFile(join(UNITS, 'certctl.socket'), units[1] ?? '');
    const result = await runProgram('systemd-analyze', ['verify', '--man=no', ...units]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
  });

  it('expose little', async () => {
    const args = ['security', '--offline=true', '--threshold=20'];
    const result = await runProgram('systemd-analyze', [...args, join(UNITS, 'certctl.service')]);
    expect(result.stdout).toContain('Overall exposure level');
    expect(result.status).toBe(0);
  });
});

describe('deploy/systemd/certctl.socket', () => {
  it('has the addresses that certctl listens on by itself', async () => {
    const text = await readFile(join(UNITS, 'certctl.socket'), 'utf8');
    const ports = [...text.matchAll(/^ListenStream=(\d+)$/gm)].map(([, port]) => Number(port));
    await using dir = await openTempDir();
    await writeFile(dir.file('certctl.yaml'), '');
    const environment = { ...readEnvironment(), cwd: dir.path };
    const config = await loadConfig({ path: dir.file('certctl.yaml'), environment });
    const listeners = config.terminator.listeners.map(({ address, port }) => ({ address, port }));
    expect(listeners).toEqual(ports.map((port) => ({ address: '::', port })));
  });
});
