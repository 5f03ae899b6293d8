/**
 * Workers outlive their control process, and control processes their workers.
 *
 * @module
 */
import { readdir, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isRunning } from '../support/is-running.ts';
import { startServing, visit } from '../support/serving.ts';
import { startSteadyLoad } from '../support/steady-load.ts';
import { connectTls, echo, type TlsTarget } from '../support/tls-client.ts';

const CLIENTS = 8;
const SOON = { timeout: 30_000, interval: 50 };

interface Renewed {
  readonly certificate: { readonly current: { readonly serial: string } };
}

describe('a control process that is killed under load', () => {
  it('fails no handshake, and the next one renews on the wire and stops everything', async () => {
    await using serving = await startServing();
    const workers = await serving.workers();
    expect(workers).toHaveLength(2);
    await visit(serving.target);
    const kept = await connectTls(serving.target);
    await using load = startSteadyLoad(serving.target, CLIENTS);
    await load.more(50);

    serving.daemon.program.kill('SIGKILL');
    await serving.daemon.program.exited;
    await load.more(200);
    await echo(kept, 'still there');

    const again = await serving.startAgain();
    expect(again.program.output).toContain('took over workers that serve');
    await load.more(50);
    const [renewed] = await again.json<[Renewed]>('renew', serving.target.host);
    const { serial } = renewed.certificate.current;
    const onWire = () => serialAfterEcho(serving.target);
    await expect.poll(onWire, SOON).toBe(serial);
    for (let count = 0; count < 20; count += 1) expect(await onWire()).toBe(serial);
    await echo(kept, 'through it all');
    kept.destroy();
    expect(workers.map(isRunning)).toEqual([true, true]);
    await load.stop();
    expect(load.failures).toEqual([]);

    await again.program.stop();
    expect(workers.map(isRunning)).toEqual([false, false]);
    expect(await sockets(serving.dir.file('data'))).toEqual([]);
  });

  it('is followed by workers of its successor, when that one is started otherwise', async () => {
    await using serving = await startServing();
    const before = await serving.workers();
    await visit(serving.target);
    const kept = await connectTls(serving.target);
    serving.daemon.program.kill('SIGKILL');
    await serving.daemon.program.exited;
    await serving.write({ more: 'log: { level: debug }\nlimits: { retire: 10s }' });
    const again = await serving.startAgain();
    const after = await serving.workers();
    expect(after).toHaveLength(2);
    for (const pid of before) expect(after).not.toContain(pid);
    // The old ones finish what they have, until their time is over.
    await echo(kept, 'still there');
    await visit(serving.target);
    await expect.poll(() => before.some(isRunning), SOON).toBe(false);
    await again.program.stop();
    expect(await sockets(serving.dir.file('data'))).toEqual([]);
  });

  it('leaves workers that end when nobody comes, or can find them', async () => {
    await using serving = await startServing({ more: 'limits: { orphan: 1s, drain: 1s }' });
    const workers = await serving.workers();
    serving.daemon.program.kill('SIGKILL');
    await serving.daemon.program.exited;
    await expect.poll(() => workers.some(isRunning), SOON).toBe(false);

    await serving.write({});
    const again = await serving.startAgain();
    const others = await serving.workers();
    expect(others).toHaveLength(2);
    again.program.kill('SIGKILL');
    await again.program.exited;
    await rm(serving.dir.path, { recursive: true });
    await expect.poll(() => others.some(isRunning), SOON).toBe(false);
  });

  it('hands its workers over on SIGUSR2', async () => {
    await using serving = await startServing();
    const workers = await serving.workers();
    await visit(serving.target);
    await using load = startSteadyLoad(serving.target, CLIENTS);
    serving.daemon.program.kill('SIGUSR2');
    expect(await serving.daemon.program.exited).toMatchObject({ status: 0 });
    await load.more(50);
    const again = await serving.startAgain();
    await load.more(50);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(workers.map(isRunning)).toEqual([true, true]);
    await again.program.stop();
    expect(workers.map(isRunning)).toEqual([false, false]);
  });
});

describe('a worker that is killed under load', () => {
  it('takes no connection of another worker with it, and is replaced', async () => {
    await using serving = await startServing();
    await visit(serving.target);
    const [victim, survivor] = await serving.workers();
    if (victim === undefined || survivor === undefined) throw new Error('two workers are needed');
    const lines = Array.from({ length: 40 }, () => connectTls(serving.target));
    const kept = await Promise.all(lines);
    const cut: unknown[] = [];
    for (const socket of kept) socket.on('error', () => {}).on('close', () => cut.push(socket));
    await using load = startSteadyLoad(serving.target, CLIENTS);
    await load.more(20);
    process.kill(victim, 'SIGKILL');
    await load.more(100);
    const living = kept.filter((socket) => !cut.includes(socket));
    expect(living.length).toBeGreaterThan(0);
    expect(cut.length).toBeGreaterThan(0);
    for (const socket of living) await echo(socket, 'still there');
    await expect.poll(async () => (await serving.workers()).length, SOON).toBe(2);
    await load.stop();
    // What the victim had at that moment: a client has one connection at a time.
    expect(load.failures.length).toBeLessThanOrEqual(CLIENTS);
    for (const socket of kept) socket.destroy();
  });
});

describe('certctl serve that is stopped under load', () => {
  it('takes nothing new, and finishes what it has', async () => {
    await using serving = await startServing({ more: 'limits: { drain: 5s }' });
    const workers = await serving.workers();
    await visit(serving.target);
    const kept = await connectTls(serving.target);
    serving.daemon.program.kill('SIGTERM');
    const refused = () =>
      connectTls(serving.target).then(
        () => 'served',
        () => 'refused',
      );
    await expect.poll(refused, SOON).toBe('refused');
    await echo(kept, 'last words');
    kept.end();
    expect(await serving.daemon.program.exited).toMatchObject({ status: 0 });
    expect(workers.map(isRunning)).toEqual([false, false]);
  });
});

/** In lower-case hexadecimal, of a connection that has also carried something. */
async function serialAfterEcho(target: TlsTarget): Promise<string> {
  const socket = await connectTls(target);
  const { serialNumber } = socket.getPeerCertificate();
  await echo(socket, 'serial');
  socket.destroy();
  return serialNumber.toLowerCase();
}

async function sockets(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((file) => file.startsWith('worker-'));
}
