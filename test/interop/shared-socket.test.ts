/**
 * Workers where the system cannot share a port: all accept at one socket, which the control process
 * holds.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { freePort } from '../support/free-port.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { startProgram } from '../support/program.ts';
import {
  type RunningWorkers,
  SERVED,
  startRunningWorkers,
  type WorkersPlace,
} from '../support/running-workers.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { HOST } from '../support/terminator.ts';
import { startHttp } from '../support/upstreams.ts';

const SOON = { timeout: 10_000 };

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential([SERVED]);
});

describe('workers at one socket', () => {
  it('all accept, and are replaced after a crash', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using running = await startRunningWorkers(credential, { count: 3, ...CANNOT_SHARE });
    const { workers, serve, get, visited } = running;
    serve(upstream.port);
    expect(await listeningSockets(running.port)).toBe(1);
    await expect.poll(visited, SOON).toBe(3);
    for (const pid of workers.pids) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
      expect(environment.split('\0').map((one) => one.split('=')[0])).not.toContain('PATH');
    }

    const [victim = 0] = workers.pids;
    process.kill(victim, 'SIGKILL');
    await expect.poll(() => workers.pids, SOON).not.toContain(victim);
    expect(await get()).toBe('x');
    await expect.poll(() => workers.pids, SOON).toHaveLength(3);
    await expect.poll(visited, SOON).toBe(3);
    expect(await listeningSockets(running.port)).toBe(1);
  });

  it('take other addresses and another number in place', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using running = await startRunningWorkers(credential, CANNOT_SHARE);
    const { workers, settings, serve, get } = running;
    serve(upstream.port);
    const before = [...workers.pids];
    const second = { address: HOST, port: await freePort(), protocol: 'tls' as const };
    const listeners = [...settings.listeners, second];
    await workers.configure({ ...settings, listeners }, 3);
    expect(workers.pids).toHaveLength(3);
    expect(workers.pids).toEqual(expect.arrayContaining(before));
    for (let visit = 0; visit < 6; visit += 1) expect(await get(second.port)).toBe('x');

    await workers.configure(settings, 1);
    expect(workers.pids).toHaveLength(1);
    for (let visit = 0; visit < 6; visit += 1) expect(await get()).toBe('x');
    await expect.poll(() => listeningSockets(second.port), SOON).toBe(0);
  });

  it('outlive the control process and serve for the next one, until others are needed', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using dir = await openTempDir();
    const place = { socketDir: dir.path, port: await freePort(), count: 2, ...CANNOT_SHARE };
    const pids = await startAndKill(place);
    expect(await listeningSockets(place.port)).toBe(1);

    await using running = await startRunningWorkers(credential, place);
    const { workers, serve, get, visited } = running;
    serve(upstream.port);
    expect(new Set(workers.pids)).toEqual(new Set(pids));
    await expect.poll(visited, SOON).toBe(2);

    process.kill(pids[0] ?? 0, 'SIGKILL');
    const others = (): number[] => workers.pids.filter((pid) => !pids.includes(pid));
    await expect.poll(others, SOON).toHaveLength(2);
    expect(workers.pids).toHaveLength(2);
    for (let visit = 0; visit < 6; visit += 1) expect(await get()).toBe('x');
    expect(await listeningSockets(place.port)).toBe(1);
  });

  it('make room for those of the next control process that have other addresses', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using dir = await openTempDir();
    const place = { socketDir: dir.path, port: await freePort(), count: 2, ...CANNOT_SHARE };
    const pids = await startAndKill(place);
    await using running = await startRunningWorkers(credential, place);
    running.serve(upstream.port);
    const second = { address: HOST, port: await freePort(), protocol: 'tls' as const };
    const listeners = [...running.settings.listeners, second];
    await running.workers.configure({ ...running.settings, listeners });
    expect(running.workers.pids).toHaveLength(2);
    expect(running.workers.pids.filter((pid) => pids.includes(pid))).toEqual([]);
    for (const port of [running.port, second.port]) expect(await running.get(port)).toBe('x');
  });
});

const CANNOT_SHARE = { canSharePorts: false };

/** The workers that a control process leaves behind when it is killed. */
async function startAndKill(place: WorkersPlace): Promise<RunningWorkers['workers']['pids']> {
  const program = fileURLToPath(new URL('../support/control-process.ts', import.meta.url));
  const control = await startProgram(process.execPath, [program, JSON.stringify(place)]);
  const line = await control.waitForLine(/^workers /, 30_000);
  control.kill('SIGKILL');
  await control.exited;
  return line.split(' ').slice(1).map(Number);
}

/** Of IPv4, by the kernel's own table. */
async function listeningSockets(port: number): Promise<number> {
  const table = await readFile('/proc/net/tcp', 'utf8');
  const place = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table.split('\n').map((row) => row.trim().split(/\s+/));
  return rows.filter(([, local, , state]) => local?.endsWith(place) && state === LISTEN).length;
}

const LISTEN = '0A';
