/**
 * No worker that has met a client is root, and ports below 1024 work all the same.
 *
 * @module
 */
import { chown, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { certctlCommand, runCertctl } from '../support/certctl.ts';
import { childrenOf } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { isRunning } from '../support/is-running.ts';
import { startProgram } from '../support/program.ts';
import { startServing, visit } from '../support/serving.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { connectTls, echo } from '../support/tls-client.ts';

const IS_ROOT = process.geteuid?.() === 0;
const SOMEBODY = 12_345;
const GROUP = 23_456;

describe.runIf(IS_ROOT)('certctl serve as root', () => {
  it('has workers without a privilege, replaced ones and those of a reload included', async () => {
    await using serving = await startServing({ more: `user: ${SOMEBODY}\ngroup: ${GROUP}` });
    const more = `user: ${SOMEBODY}\ngroup: ${GROUP}`;
    const first = await serving.workers();
    expect(first).toHaveLength(2);
    for (const pid of first) await expectUnprivileged(pid);
    await visit(serving.target);
    const kept = await connectTls(serving.target);

    const low = await freeLowPort();
    const listeners = [`127.0.0.1:${serving.port}`, `127.0.0.1:${low}`];
    expect(await serving.reload({ listeners, more })).toContain('applied');
    await visit({ ...serving.target, port: low });
    await visit(serving.target);
    await echo(kept, 'through the change');
    kept.destroy();
    await expect.poll(() => first.some(isRunning), { timeout: 20_000 }).toBe(false);
    const second = await serving.workers();
    expect(second).toHaveLength(2);
    for (const pid of second) await expectUnprivileged(pid);

    const [victim] = second;
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
    await expect.poll(async () => (await serving.workers()).length, { timeout: 20_000 }).toBe(2);
    await visit({ ...serving.target, port: low });
    // The new one binds as root, and meets nobody before it is another.
    const uids = async () => {
      const status = (await serving.workers()).map(statusOf);
      return (await Promise.all(status)).map(({ Uid }) => Uid[0]);
    };
    await expect.poll(uids, { timeout: 20_000 }).toEqual([String(SOMEBODY), String(SOMEBODY)]);
    for (const pid of await serving.workers()) await expectUnprivileged(pid);
  });

  it('takes nobody when the configuration names none', async () => {
    await using serving = await startServing({ workers: 1 });
    const [pid = 0] = await serving.workers();
    const { Uid } = await statusOf(pid);
    expect(Uid).not.toContain('0');
  });

  it('refuses a user that does not exist, with the key', async () => {
    await using dir = await openTempDir();
    const config = dir.file('certctl.yaml');
    await writeFile(config, `dataDir: ${dir.file('data')}\nlisteners: []\nuser: no-such-user\n`);
    const result = await runCertctl(['serve', '--config', config], { timeoutMs: 20_000 });
    expect(result.status).toBe(78);
    expect(result.stderr).toContain('user: there is no user no-such-user here');
  });

  it('binds a low port as another user, who was given that one right', async () => {
    await using dir = await openTempDir();
    await chown(dir.path, SOMEBODY, SOMEBODY);
    const port = await freeLowPort();
    const config = dir.file('certctl.yaml');
    const write = (ports: readonly number[]): Promise<void> =>
      writeFile(
        config,
        `dataDir: ${dir.file('data')}
listeners: [${ports.map((one) => `{ address: "127.0.0.1:${one}", protocol: http }`).join(', ')}]
workers: 1
`,
      );
    await write([port]);
    const right = ['--inh-caps=+net_bind_service', '--ambient-caps=+net_bind_service'];
    const user = [`--reuid=${SOMEBODY}`, `--regid=${SOMEBODY}`, '--clear-groups'];
    const [node, ...args] = certctlCommand(['serve', '--config', config]);
    await using program = await startProgram('setpriv', [...user, ...right, '--', node, ...args]);
    await program.waitForLine(/"msg":"ready"/);
    const other = await freeLowPort();
    await write([port, other]);
    program.kill('SIGHUP');
    await program.waitForLine(/configuration applied/);
    const response = await fetch(`http://127.0.0.1:${other}/`, { redirect: 'manual' });
    expect(response.status).toBeLessThan(500);
    const [pid = 0] = await childrenOf(program.pid);
    expect((await statusOf(pid)).Uid).toEqual(Array.from({ length: 4 }, () => String(SOMEBODY)));
  });
});

async function expectUnprivileged(pid: number): Promise<void> {
  const status = await statusOf(pid);
  expect(status.Uid).toEqual(Array.from({ length: 4 }, () => String(SOMEBODY)));
  expect(status.Gid).toEqual(Array.from({ length: 4 }, () => String(GROUP)));
  expect(status.Groups).toEqual([String(GROUP)]);
  for (const set of [status.CapPrm, status.CapEff, status.CapAmb]) expect(set).toMatch(/^0+$/);
}

async function statusOf(pid: number) {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  const rows = new Map(text.split('\n').map((line) => [line.split(':')[0], line.split(':')[1]]));
  const wordsOf = (key: string) => (rows.get(key) ?? '').trim().split(/\s+/);
  const one = (key: string) => wordsOf(key).join(' ');
  return {
    Uid: wordsOf('Uid'),
    Gid: wordsOf('Gid'),
    Groups: wordsOf('Groups'),
    CapPrm: one('CapPrm'),
    CapEff: one('CapEff'),
    CapAmb: one('CapAmb'),
  };
}

/** One that only root may bind. */
async function freeLowPort(): Promise<number> {
  for (;;) {
    const port = 200 + ((await freePort()) % 800);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
