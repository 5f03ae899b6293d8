/**
 * Terminator workers as processes: shared ports, live changes, crashes, and the end.
 *
 * @module
 */
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { SERVED, startRunningWorkers } from '../support/running-workers.ts';
import { HOST } from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential([SERVED]);
});

describe('workers', () => {
  it('share a port, learn of changes, and are replaced after a crash', async () => {
    await using first = await startHttp((_request, response) => response.end('first'));
    await using second = await startHttp((_request, response) => response.end('second'));
    await using running = await startRunningWorkers(credential);
    const { get } = running;

    running.serve(first.port);
    for (let count = 0; count < 6; count += 1) expect(await get()).toBe('first');
    running.serve(second.port);
    for (let count = 0; count < 6; count += 1) expect(await get()).toBe('second');

    const [victim] = running.workers.pids;
    if (victim === undefined) throw new Error('no worker runs');
    process.kill(victim, 'SIGKILL');
    await expect.poll(() => running.workers.pids).toHaveLength(1);
    expect(await get()).toBe('second');
    await expect.poll(() => running.workers.reports(), { timeout: 10_000 }).toHaveLength(2);
    expect(running.workers.pids).not.toContain(victim);
  });

  it('resume the sessions of each other', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using running = await startRunningWorkers(credential);
    running.serve(upstream.port);
    let session: Buffer | undefined;
    const visit = async (): Promise<boolean> => {
      const client = connectTls({
        host: HOST,
        port: running.port,
        servername: SERVED,
        rejectUnauthorized: false,
        ...(session === undefined ? {} : { session }),
      });
      client.on('session', (ticket: Buffer) => (session = ticket));
      client.write(`GET / HTTP/1.1\r\nHost: ${SERVED}\r\nConnection: close\r\n\r\n`);
      client.resume();
      await once(client, 'secureConnect');
      const isReused = client.isSessionReused();
      await once(client, 'close');
      return isReused;
    };
    expect(await visit()).toBe(false);
    for (let count = 0; count < 8; count += 1) expect(await visit()).toBe(true);
    const reports = await running.workers.reports();
    expect(reports.map(({ counters }) => counters.handshakes > 0)).toEqual([true, true]);
  });

  it('go from one address to all of them in place, and choose a port for all', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using running = await startRunningWorkers(credential);
    running.serve(upstream.port);
    const pids = [...running.workers.pids];
    const { settings, workers } = running;
    const at = (address: string, port = running.port) =>
      workers.configure({ ...settings, listeners: [{ address, port, protocol: 'tls' }] });
    const { get } = running;
    await at('0.0.0.0');
    expect(await get()).toBe('x');
    await at(HOST);
    expect(await get()).toBe('x');
    const [chosen] = await at(HOST, 0);
    expect(chosen?.port).toBeGreaterThan(0);
    expect(await at(HOST, 0)).toEqual([chosen]);
    expect(workers.pids).toEqual(pids);
  });

  it('refuse a port that another program has, although they could share it', async () => {
    await using taken = await startTcp();
    await using running = await startRunningWorkers(credential, { count: 1 });
    const listeners = [{ address: HOST, port: taken.port, protocol: 'tls' as const }];
    const refused = running.workers.configure({ ...running.settings, listeners });
    await expect(refused).rejects.toMatchObject({ code: 'listener/in-use' });
  });
});
