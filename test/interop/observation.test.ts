/**
 * What the terminator counts, writes down and refuses, under openssl and curl.
 *
 * @module
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { viewCounts, type CountsView } from '../../src/observe/counts-view.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { openTempDir } from '../support/temp-dir.ts';
import {
  ANY_TLS,
  curl,
  HOST,
  type RunningTerminator,
  sClient,
  startTerminator,
  WEB,
} from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['a.example.com']);
});

function countsOf({ terminator }: RunningTerminator, endpoint: string): CountsView {
  const [, row] = terminator.report().rows.find(([name]) => name === endpoint) ?? [];
  return row === undefined ? {} : viewCounts(row);
}

const greet = (running: RunningTerminator, port: number): void =>
  running.serve('a.example.com', port, {
    protocol: 'tls',
    terminate: ANY_TLS,
    credentials: [credential],
  });

describe('the counts of an endpoint', () => {
  it('have every handshake, by what was agreed on and by why it failed', async () => {
    await using upstream = await startTcp((socket) => socket.end('bye'));
    await using running = await startTerminator();
    greet(running, upstream.port);
    const name = ['-servername', 'a.example.com'];
    await sClient(running.tlsPort, [...name, '-groups', 'P-384', '-alpn', 'h2']).catch(() => {});
    await sClient(running.tlsPort, [...name, '-groups', 'P-384']);
    await sClient(running.tlsPort, [...name, '-tls1_2', '-groups', 'P-256']);
    // The certificate is on a curve that this client does not take.
    await sClient(running.tlsPort, [...name, '-tls1_2', '-groups', 'X25519']);
    await sClient(running.tlsPort, ['-servername', 'b.example.com']);
    await sClient(running.tlsPort, ['-noservername']);
    await expect.poll(() => countsOf(running, 'a.example.com').open).toBe(0);
    expect(countsOf(running, 'a.example.com')).toMatchObject({
      connections: 4,
      handshakes: { '1.2': 1, '1.3': 1 },
      groups: { 'P-384': 1, 'P-256': 1 },
      protocols: { none: 2 },
      sessions: { full: 2 },
      refused: { 'no-protocol': 1, 'handshake-failed': 1 },
      contexts: { hit: 2, miss: 1 },
      lookups: { hit: 3, miss: 1 },
      handshakeTime: { count: 2 },
      lookupTime: { count: 1 },
    });
    expect(countsOf(running, '')).toMatchObject({
      connections: 2,
      refused: { 'unknown-name': 1, 'no-server-name': 1 },
    });
  });

  it('have requests by status and octets, also of connections that are open', async () => {
    await using upstream = await startHttp((request, response) => {
      response.statusCode = request.url === '/missing' ? 404 : 200;
      response.end('x'.repeat(10_000));
    });
    await using running = await startTerminator();
    running.serve('a.example.com', upstream.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [credential],
    });
    const url = 'https://a.example.com';
    await curl(running.tlsPort, `${url}/`, ['--http2', `${url}/missing`]);
    await curl(running.tlsPort, `${url}/`, ['--http1.1']);
    await expect
      .poll(() => countsOf(running, 'a.example.com'))
      .toMatchObject({
        open: 0,
        protocols: { h2: 1, 'http/1.1': 1 },
        requests: { '2xx': 2, '4xx': 1 },
        requestTime: { count: 3 },
      });
    const { bytes } = countsOf(running, 'a.example.com') as { bytes: Record<string, number> };
    expect(bytes['in']).toBeGreaterThan(500);
    expect(bytes['out']).toBeGreaterThan(30_000);
    expect(bytes['out']).toBeLessThan(45_000);

    const open = connect(running.tlsPort, HOST);
    await once(open, 'connect');
    open.write('\u0016\u0003');
    await expect.poll(() => countsOf(running, '')).toMatchObject({ open: 1, bytes: { in: 2 } });
    open.destroy();
    await expect
      .poll(() => countsOf(running, ''))
      .toMatchObject({ open: 0, bytes: { in: 2 }, refused: { 'hello-left': 1 } });
  });
});

describe('the access log', () => {
  it('has one line a connection and request, all of them when the terminator stops', async () => {
    await using directory = await openTempDir();
    const path = directory.file('access.log');
    await using upstream = await startHttp((_request, response) => response.end('hello'));
    await using tcp = await startTcp((socket) => socket.end('bye'));
    const target = { host: HOST, port: tcp.port };
    {
      await using running = await startTerminator({
        accessLog: { path, sample: 1, query: false },
        tcp: { upstreams: [{ scheme: 'tcp', target }] },
      });
      running.serve('a.example.com', upstream.port, {
        protocol: 'https',
        terminate: WEB,
        credentials: [credential],
      });
      const url = 'https://a.example.com';
      await curl(running.tlsPort, `${url}/one?token=secret`, ['--http2', `${url}/two`]);
      await curl(running.tlsPort, 'https://b.example.com/');
      const raw = connect(running.tcpPort, '127.0.0.3').resume();
      await once(raw, 'close');
    }
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('secret');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const request = { type: 'request', endpoint: 'a.example.com', status: 200, bytesOut: 5 };
    expect(lines).toHaveLength(4);
    expect(lines).toContainEqual(expect.objectContaining({ ...request, path: '/one', http: '2' }));
    expect(lines).toContainEqual(expect.objectContaining({ ...request, path: '/two' }));
    expect(lines).toContainEqual(
      expect.objectContaining({ serverName: 'b.example.com', refused: 'unknown-name' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({
        type: 'connection',
        endpoint: expect.stringMatching(/^tcp:\/\/127\.0\.0\.3:/) as string,
        bytesOut: 3,
        upstream: `tcp://${HOST}:${tcp.port}`,
      }),
    );
  });
});

describe('limits', () => {
  it('hold the handshakes of one address, and let it back in later', async () => {
    await using upstream = await startTcp((socket) => socket.end('bye'));
    await using running = await startTerminator({
      limits: { handshakesPerAddress: 1, handshakeBurst: 2 },
    });
    greet(running, upstream.port);
    const visit = async (): Promise<boolean> => {
      const args = ['-servername', 'a.example.com', '-quiet'];
      return (await sClient(running.tlsPort, args)).stdout.includes('bye');
    };
    const results = await Promise.all([visit(), visit(), visit(), visit()]);
    expect(results.filter(Boolean).length).toBeLessThanOrEqual(3);
    expect(countsOf(running, '')).toMatchObject({
      refused: { 'handshake-rate': results.filter((isServed) => !isServed).length },
    });
    await expect.poll(visit, { timeout: 5_000, interval: 500 }).toBe(true);
  });

  it('hold the connections to one endpoint, and not those to others', async () => {
    await using upstream = await startTcp();
    const target = { host: HOST, port: upstream.port };
    await using running = await startTerminator({
      limits: { connectionsPerEndpoint: 2 },
      tcp: { upstreams: [{ scheme: 'tcp', target }], connections: 1 },
    });
    const open = async (): Promise<string> => {
      const socket = connect(running.tcpPort, '127.0.0.3');
      socket.write('x');
      const [event] = await Promise.race([
        once(socket, 'data').then(() => ['served']),
        once(socket, 'close').then(() => ['refused']),
      ]);
      return event ?? '';
    };
    expect(await open()).toBe('served');
    expect(await open()).toBe('refused');
    const { rows } = running.terminator.report();
    expect(rows.map(([, row]) => viewCounts(row))).toMatchObject([
      { open: 1, refused: { 'connections-per-endpoint': 1 } },
    ]);

    greet(running, upstream.port);
    const args = ['-connect', `${HOST}:${running.tlsPort}`, '-servername', 'a.example.com'];
    const { spawn } = await import('node:child_process');
    const clients = [1, 2].map(() => spawn('openssl', ['s_client', ...args]));
    await expect
      .poll(() => countsOf(running, 'a.example.com'), { timeout: 5_000 })
      .toMatchObject({ open: 2, sessions: { full: 2 } });
    const { stderr } = await sClient(running.tlsPort, ['-servername', 'a.example.com']);
    expect(stderr).toContain('alert internal error');
    for (const client of clients) client.kill();
  });
});
