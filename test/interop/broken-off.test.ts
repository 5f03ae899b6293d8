/**
 * Clients that break off where it hurts: nothing of them stays, and nobody else notices.
 *
 * @module
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { openTempDir } from '../support/temp-dir.ts';
import {
  ANY_TLS,
  HOST,
  type RunningTerminator,
  startTerminator,
  WEB,
} from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

const NAME = 'a.example.com';
const CLIENTS = 30;

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential([NAME]);
});

describe('a client that is gone right after its handshake', () => {
  it.each<[string, ConnectionOptions]>([
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
  ])('leaves nothing open with %s to TCP', async (_which, version) => {
    await using upstream = await startTcp();
    await using running = await startTerminator();
    running.serve(NAME, upstream.port, {
      protocol: 'tls',
      terminate: ANY_TLS,
      credentials: [credential],
    });
    await Promise.all(Array.from({ length: CLIENTS }, () => comeAndGo(running, version)));
    await expect.poll(() => running.terminator.counters().open, SOON).toBe(0);
    const { handshakes, failedHandshakes } = running.terminator.counters();
    expect(handshakes + failedHandshakes).toBe(CLIENTS);
  });

  it.each(['h2', 'http/1.1'])('leaves nothing open with %s', async (protocol) => {
    await using upstream = await startHttp((_request, response) => response.end());
    await using running = await startTerminator();
    running.serve(NAME, upstream.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [credential],
    });
    const options = { ALPNProtocols: [protocol] };
    await Promise.all(Array.from({ length: CLIENTS }, () => comeAndGo(running, options)));
    await expect.poll(() => running.terminator.counters().open, SOON).toBe(0);
  });
});

it('breaks off a Unix upstream when the client resets its connection', async () => {
  await using dir = await openTempDir();
  const path = dir.file('upstream.sock');
  const upstream = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => upstream.listen(path, resolve));
  await using running = await startTerminator({
    tcp: { upstreams: [{ scheme: 'tcp', target: { path } }] },
  });
  const arrival = once(upstream, 'connection');
  const client = connect(running.tcpPort, '127.0.0.3');
  client.write('half of something');
  const [passedOn] = (await arrival) as [Socket];
  const end = once(passedOn, 'close');
  await once(client, 'data');
  // Node throws when a Unix socket is to be reset, which would end the process.
  client.resetAndDestroy();
  await end;
  await expect.poll(() => running.terminator.counters().open, SOON).toBe(0);
  upstream.close();
});

describe('a client whose request goes on after its answer', () => {
  it('is cut off, however slowly it sends', async () => {
    await using running = await startTerminator();
    const client = connect(running.httpPort, '127.0.0.2');
    client.on('error', () => {});
    client.write(`POST / HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 1000000\r\n\r\n`);
    const trickle = setInterval(() => client.write('x'), 500);
    const begin = performance.now();
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 308 /);
    await once(client, 'close');
    clearInterval(trickle);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it('may finish it, and ask for more', async () => {
    await using running = await startTerminator();
    const client = connect(running.httpPort, '127.0.0.2');
    client.write(`POST / HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 2\r\n\r\nx`);
    await once(client, 'data');
    client.write(`xGET /next HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toContain(`location: https://${NAME}/next`);
    client.destroy();
  });
});

describe('requests sent before the answers to those before', () => {
  it('are passed on one after the other, and answered in order', async () => {
    let [now, most] = [0, 0];
    await using upstream = await startHttp((request, response) => {
      most = Math.max(most, (now += 1));
      setTimeout(() => {
        now -= 1;
        response.end(`<${request.url ?? ''}>`);
      }, 2);
    });
    await using running = await startTerminator();
    const credentials = [credential];
    running.serve(NAME, upstream.port, { protocol: 'https', terminate: WEB, credentials });
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const client = connectTls(targetOf(running));
    const ask = (path: string | number, more = ''): string =>
      `GET /${path} HTTP/1.1\r\nHost: ${NAME}\r\n${more}\r\n`;
    client.write(numbers.map((number) => ask(number)).join('') + ask('', 'Connection: close\r\n'));
    const answers = (await text(client)).match(/<[^>]*>/g);
    expect(answers).toEqual([...numbers.map((number) => `</${number}>`), '</>']);
    expect(most).toBe(1);
  });

  it('cut the connection when they are too many', async () => {
    let asked = 0;
    await using upstream = await startHttp(() => {
      asked += 1;
    });
    await using running = await startTerminator({ limits: { streams: 5 } });
    const credentials = [credential];
    running.serve(NAME, upstream.port, { protocol: 'https', terminate: WEB, credentials });
    const client = connectTls(targetOf(running));
    client.on('error', () => {});
    client.write(`GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`.repeat(7));
    await once(client, 'close');
    expect(asked).toBeLessThanOrEqual(1);
  });
});

const SOON = { timeout: 5_000, interval: 20 };

function targetOf(running: RunningTerminator): ConnectionOptions {
  return { host: HOST, port: running.tlsPort, servername: NAME, rejectUnauthorized: false };
}

async function comeAndGo(running: RunningTerminator, options: ConnectionOptions): Promise<void> {
  const client = connectTls({ ...targetOf(running), ...options }, () => client.destroy());
  client.on('error', () => {});
  await once(client, 'close');
}
