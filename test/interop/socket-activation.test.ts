/**
 * Listening sockets from the service manager.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { certctlCommand } from '../support/certctl.ts';
import { childrenOf } from '../support/daemon.ts';
import { freePorts } from '../support/free-port.ts';
import { startProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';

const LAUNCHER = fileURLToPath(new URL('../support/socket-launcher.py', import.meta.url));
const SOON = { timeout: 20_000, interval: 50 };

describe('certctl serve with sockets that it was handed', () => {
  it('serves at them, goes on after crashes, and binds what else it needs', async () => {
    await using dir = await openTempDir();
    const [given = 0, unused = 0, own = 0] = await freePorts(3);
    const config = dir.file('certctl.yaml');
    const write = (ports: readonly number[]): Promise<void> =>
      writeFile(
        config,
        `dataDir: ${dir.file('data')}
listeners: [${ports.map((port) => `{ address: "127.0.0.1:${port}", protocol: http }`).join(', ')}]
workers: 2
`,
      );
    await write([given]);
    await using program = await startProgram('python3', [
      LAUNCHER,
      `127.0.0.1:${given}=web`,
      `127.0.0.1:${unused}=old`,
      '--',
      ...certctlCommand(['serve', '--config', config]),
    ]);
    await program.waitForLine(/"msg":"ready"/);
    const warning = await program.waitForLine(/no listener of the configuration/);
    expect(JSON.parse(warning)).toMatchObject({ name: 'old', port: unused });
    expect(await statusAt(given)).toBe(308);

    // The socket outlives every worker: who connects now waits for the next one.
    const before = await childrenOf(program.pid);
    expect(before).toHaveLength(2);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect(await statusAt(given)).toBe(308);

    await write([given, own]);
    program.kill('SIGHUP');
    await program.waitForLine(/configuration applied/, 20_000);
    expect(await statusAt(given)).toBe(308);
    expect(await statusAt(own)).toBe(308);
    await expect.poll(async () => (await childrenOf(program.pid)).length, SOON).toBe(2);
  });
});

/** Of a redirect to https, which needs no endpoint. */
async function statusAt(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    redirect: 'manual',
    headers: { connection: 'close' },
  });
  return response.status;
}
