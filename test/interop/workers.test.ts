/**
 * Terminator workers as processes: shared ports, live changes, crashes, and the end.
 *
 * @module
 */
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Credential } from '../../src/feed/feed.ts';
import { serveFeed } from '../../src/feed/ipc/serve-feed.ts';
import { parseName } from '../../src/core/names.ts';
import { DEFAULT_LIMITS, type TerminatorSettings } from '../../src/terminator/settings.ts';
import { startWorkers } from '../../src/terminator/workers/supervisor.ts';
import { freePort } from '../support/free-port.ts';
import { createMemoryFeed } from '../support/memory-feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { curl, HOST, SILENT, WEB } from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['a.example.com']);
});

describe('workers', () => {
  it('share a port, learn of changes, and are replaced after a crash', async () => {
    await using first = await startHttp((_request, response) => response.end('first'));
    await using second = await startHttp((_request, response) => response.end('second'));
    await using running = await start(2);
    const get = async (): Promise<string> =>
      (await curl(running.port, 'https://a.example.com/')).stdout;

    running.serve(first.port);
    for (let count = 0; count < 6; count += 1) expect(await get()).toBe('first');
    running.serve(second.port);
    for (let count = 0; count < 6; count += 1) expect(await get()).toBe('second');

    const [victim] = running.workers.pids;
    if (victim === undefined) throw new Error('no worker runs');
    process.kill(victim, 'SIGKILL');
    await expect.poll(() => running.workers.pids).toHaveLength(1);
    expect(await get()).toBe('second');
    await expect.poll(running.hasTwoServing, { timeout: 10_000 }).toBe(true);
    expect(running.workers.pids).not.toContain(victim);
  });

  it('resume the sessions of each other', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using running = await start(2);
    running.serve(upstream.port);
    let session: Buffer | undefined;
    const visit = async (): Promise<boolean> => {
      const client = connectTls({
        host: HOST,
        port: running.port,
        servername: 'a.example.com',
        rejectUnauthorized: false,
        ...(session === undefined ? {} : { session }),
      });
      client.on('session', (ticket: Buffer) => (session = ticket));
      client.write('GET / HTTP/1.1\r\nHost: a.example.com\r\nConnection: close\r\n\r\n');
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
    await using running = await start(2);
    running.serve(upstream.port);
    const pids = [...running.workers.pids];
    const { settings, workers } = running;
    const at = (address: string, port = running.port) =>
      workers.configure({ ...settings, listeners: [{ address, port, protocol: 'tls' }] });
    const get = async (): Promise<string> =>
      (await curl(running.port, 'https://a.example.com/')).stdout;
    await at('0.0.0.0');
    expect(await get()).toBe('x');
    await at(HOST);
    expect(await get()).toBe('x');
    const [chosen] = await at(HOST, 0);
    expect(chosen?.port).toBeGreaterThan(0);
    expect(await at(HOST, 0)).toEqual([chosen]);
    expect(workers.pids).toEqual(pids);
  });

  it('are one where a port cannot be shared', async () => {
    await using upstream = await startHttp((_request, response) => response.end('x'));
    await using running = await start(3, false);
    running.serve(upstream.port);
    expect(running.workers.pids).toHaveLength(1);
    expect((await curl(running.port, 'https://a.example.com/')).stdout).toBe('x');
    const [victim] = running.workers.pids;
    if (victim !== undefined) process.kill(victim, 'SIGKILL');
    await expect.poll(() => running.workers.pids, { timeout: 10_000 }).not.toEqual([victim]);
    await expect.poll(() => running.workers.pids, { timeout: 10_000 }).toHaveLength(1);
    expect((await curl(running.port, 'https://a.example.com/')).stdout).toBe('x');
  });

  it('refuse a port that another program has, although they could share it', async () => {
    await using taken = await startTcp();
    await using running = await start(1);
    const listeners = [{ address: HOST, port: taken.port, protocol: 'tls' as const }];
    const refused = running.workers.configure({ ...running.settings, listeners });
    await expect(refused).rejects.toMatchObject({ code: 'listener/in-use' });
  });
});

async function start(count: number, canSharePorts = true) {
  const feed = createMemoryFeed();
  const port = await freePort();
  const settings: TerminatorSettings = {
    listeners: [{ address: HOST, port, protocol: 'tls' }],
    noServerName: 'refuse',
    limits: DEFAULT_LIMITS,
    ticketSecrets: [Buffer.alloc(32, 7).toString('base64')],
    httpsPort: port,
  };
  const dir = await openTempDir();
  const workers = await startWorkers(
    {
      entry: new URL('../../src/main/worker.ts', import.meta.url),
      release: 'test',
      logLevel: 'silent',
      socketDir: dir.path,
      serveFeed: (channel) => void serveFeed(feed, channel),
      canSharePorts,
      log: SILENT,
      clock: systemClock,
    },
    settings,
    count,
  );
  return {
    workers,
    port,
    settings,
    serve: (upstreamPort: number): void =>
      feed.put(
        {
          host: parseName('a.example.com'),
          protocol: 'https',
          terminate: WEB,
          upstreams: [{ scheme: 'http', target: { host: HOST, port: upstreamPort } }],
        },
        [credential],
      ),
    hasTwoServing: async (): Promise<boolean> => (await workers.reports()).length === 2,
    [Symbol.asyncDispose]: async () => {
      await workers.stop(0);
      await dir[Symbol.asyncDispose]();
    },
  };
}
