/**
 * Where the terminator takes streams: TLS of OpenSSL, sockets, the next of several upstreams.
 *
 * @module
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseName } from '../../src/core/names.ts';
import type { Credential } from '../../src/feed/feed.ts';
import type { Upstream, UpstreamTls } from '../../src/feed/upstream.ts';
import { freePort } from '../support/free-port.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { startProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { ANY_TLS, HOST, type RunningTerminator, startTerminator } from '../support/terminator.ts';
import { startTcp } from '../support/upstreams.ts';

const NAME = 'a.example.com';

let server: Credential;
let upstreamServer: Credential;
let ourClient: Credential;
beforeAll(async () => {
  [server, upstreamServer, ourClient] = await Promise.all([
    createOpensslCredential([NAME], { serial: 1 }),
    createOpensslCredential(['db.internal'], { serial: 2 }),
    createOpensslCredential(['client.internal'], { serial: 3 }),
  ]);
});

describe('a tls upstream', () => {
  it('is verified by the roots and name of the configuration, and shown our certificate', async () => {
    await using running = await startTerminator();
    await using upstream = await startOpensslServer();
    const tls: UpstreamTls = {
      caPem: upstreamServer.chainPem,
      serverName: 'db.internal',
      certificatePem: ourClient.chainPem,
      privateKeyPem: ourClient.privateKeyPem,
    };
    serveTls(running, { scheme: 'tls', target: { host: HOST, port: upstream.port }, tls });
    // s_server -rev answers each line backwards.
    expect(await ask(running, 'olleh\n')).toBe('hello\n');
  });

  it.each<[string, UpstreamTls | undefined]>([
    ['whose certificate the roots of the system do not know', undefined],
    ['whose certificate has another name', { serverName: 'other.internal' }],
    ['that wants a certificate of ours which we do not have', { serverName: 'db.internal' }],
  ])('gets nothing: one %s', async (_which, change) => {
    await using running = await startTerminator();
    await using upstream = await startOpensslServer();
    const tls = change && { tls: { caPem: upstreamServer.chainPem, ...change } };
    serveTls(running, { scheme: 'tls', target: { host: HOST, port: upstream.port }, ...tls });
    expect(await ask(running, 'olleh\n')).toBe('');
  });

  it('is told the protocol that the client agreed on', async () => {
    await using running = await startTerminator();
    const { chainPem: cert, privateKeyPem: key } = upstreamServer;
    const upstream = createTlsServer({ cert, key, ALPNProtocols: ['other', 'special'] }, (socket) =>
      socket.end(String(socket.alpnProtocol)),
    );
    await new Promise<void>((resolve) => upstream.listen(0, HOST, resolve));
    const { port } = upstream.address() as { port: number };
    const tls: UpstreamTls = { caPem: cert, serverName: 'db.internal' };
    running.feed.put(
      {
        host: parseName(NAME),
        protocol: 'tls',
        terminate: { ...ANY_TLS, alpn: ['special'] },
        upstreams: [{ scheme: 'tls', target: { host: HOST, port }, tls }],
      },
      [server],
    );
    expect(await text(await connectTo(running, ['special']))).toBe('special');
    upstream.close();
  });
});

describe('a unix socket', () => {
  it('takes the bytes of a port', async () => {
    await using directory = await openTempDir();
    const path = directory.file('app.sock');
    const listening = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => listening.listen(path, resolve));
    await using running = await startTerminator({
      tcp: { upstreams: [{ scheme: 'tcp', target: { path } }] },
    });
    const socket = connectPort(running);
    socket.end('through');
    expect(await text(socket)).toBe('through');
    listening.close();
  });
});

describe('several upstreams', () => {
  it('share the connections by how busy they are', async () => {
    await using first = await startNamed('1');
    await using second = await startNamed('2');
    const upstreams = [tcpAt(first.port), tcpAt(second.port)];
    await using running = await startTerminator({ tcp: { upstreams } });
    const names: string[] = [];
    const sockets: Socket[] = [];
    for (let count = 0; count < 6; count += 1) {
      const socket = connectPort(running);
      names.push(String(await once(socket, 'data')));
      sockets.push(socket);
    }
    expect(names.toSorted()).toEqual(['1', '1', '1', '2', '2', '2']);
    // The one that becomes free is the next.
    const free = names.indexOf('2');
    sockets[free]?.resetAndDestroy();
    await expect.poll(() => running.terminator.counters().open).toBe(5);
    const next = connectPort(running);
    expect(String(await once(next, 'data'))).toBe('2');
    for (const socket of [...sockets, next]) socket.destroy();
  });

  it('stand in for one that refuses connections, and it is left alone for a while', async () => {
    await using alive = await startNamed('alive');
    const upstreams = [tcpAt(await freePort()), tcpAt(alive.port)];
    await using running = await startTerminator({ tcp: { upstreams } });
    for (let count = 0; count < 4; count += 1) {
      const socket = connectPort(running);
      expect(String(await once(socket, 'data'))).toBe('alive');
      socket.destroy();
    }
    expect(running.terminator.counters()).toMatchObject({ upstreamsDown: 1, upstreamFailures: 0 });
  });

  it('are all tried when none is well, and the client is cut off when none takes it', async () => {
    const upstreams = [tcpAt(await freePort()), tcpAt(await freePort())];
    await using running = await startTerminator({ tcp: { upstreams } });
    for (let count = 0; count < 2; count += 1) {
      const socket = connectPort(running);
      socket.resume();
      await once(socket, 'close');
    }
    expect(running.terminator.counters()).toMatchObject({ upstreamsDown: 2, upstreamFailures: 2 });
  });

  it('get no connections while their checks fail, and get them again after', async () => {
    await using alive = await startNamed('2');
    const silent = createServer((socket) => socket.on('error', () => {}).end('1'));
    await new Promise<void>((resolve) => silent.listen(0, HOST, resolve));
    const { port } = silent.address() as { port: number };
    const health = { intervalMs: 50, timeoutMs: 500 };
    const upstreams = [tcpAt(port), tcpAt(alive.port)];
    await using running = await startTerminator({ tcp: { upstreams, health } });
    const socket = connectPort(running);
    await once(socket, 'data');
    await new Promise((resolve) => silent.close(resolve));
    await expect.poll(() => running.terminator.counters().upstreamsDown).toBe(1);
    silent.listen(port, HOST);
    await expect.poll(() => running.terminator.counters().upstreamsDown).toBe(0);
    silent.close();
    socket.destroy();
  });
});

describe('checks of HTTP upstreams', () => {
  it.each([
    [200, {}, 0],
    [301, {}, 0],
    [503, {}, 1],
    [204, { status: 204 }, 0],
    [200, { status: 204 }, 1],
  ])('that are answered with %i, where %j is expected', async (status, expected, down) => {
    const paths: (string | undefined)[] = [];
    const http = createHttpServer((request, response) => {
      paths.push(`${request.method} ${request.headers.host} ${request.url}`);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => http.listen(0, HOST, resolve));
    const { port } = http.address() as { port: number };
    const health = { intervalMs: 50, timeoutMs: 500, path: '/healthz', ...expected };
    await using running = await startTerminator({
      tcp: { upstreams: [{ scheme: 'http', target: { host: HOST, port } }], health },
    });
    const socket = connectPort(running);
    await expect.poll(() => paths.length).toBeGreaterThan(2);
    expect(paths[0]).toBe(`GET ${HOST}:${port} /healthz`);
    expect(running.terminator.counters().upstreamsDown).toBe(down);
    socket.destroy();
    http.close();
  });
});

function tcpAt(port: number): Upstream {
  return { scheme: 'tcp', target: { host: HOST, port } };
}

/** Says who it is and stays. */
function startNamed(name: string): ReturnType<typeof startTcp> {
  return startTcp((socket) => void socket.resume().write(name));
}

function connectPort(running: RunningTerminator): Socket {
  return connect({ host: '127.0.0.3', port: running.tcpPort }).on('error', () => {});
}

function serveTls(running: RunningTerminator, upstream: Upstream): void {
  const endpoint = { host: parseName(NAME), protocol: 'tls', terminate: ANY_TLS } as const;
  running.feed.put({ ...endpoint, upstreams: [upstream] }, [server]);
}

async function connectTo(
  running: RunningTerminator,
  protocols: string[] = [],
): Promise<ReturnType<typeof connectTls>> {
  const socket = connectTls({
    host: HOST,
    port: running.tlsPort,
    servername: NAME,
    ca: server.chainPem,
    ...(protocols.length === 0 ? {} : { ALPNProtocols: protocols }),
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** The first answer, or nothing when the connection is closed without any. */
async function ask(running: RunningTerminator, line: string): Promise<string> {
  const socket = await connectTo(running);
  socket.write(line);
  const answer = await Promise.race([
    once(socket, 'data').then(String),
    once(socket, 'close').then(() => ''),
  ]);
  socket.destroy();
  return answer;
}

/** `openssl s_server` that answers lines backwards to clients with our client certificate. */
async function startOpensslServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await openTempDir());
  const files = {
    key: upstreamServer.privateKeyPem,
    chain: upstreamServer.chainPem,
    clients: ourClient.chainPem,
  };
  for (const [name, pem] of Object.entries(files)) await writeFile(directory.file(name), pem);
  const port = await freePort();
  const all = ['s_server', '-accept', `${HOST}:${port}`, '-rev', '-Verify', '1'];
  all.push('-key', directory.file('key'), '-cert', directory.file('chain'));
  all.push('-CAfile', directory.file('clients'), '-verify_return_error');
  const program = stack.use(await startProgram('openssl', all));
  await program.waitForLine(/ACCEPT/);
  return {
    port,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
