/**
 * The PROXY protocol in and out, between HAProxy, nginx and raw sockets.
 *
 * @module
 */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import type { ProxyVersion, UpstreamGroup } from '../../src/feed/upstream.ts';
import { parseName } from '../../src/core/names.ts';
import { writeProxyHeaderV1, writeProxyHeaderV2 } from '../../src/wire/write-proxy-header.ts';
import { findDebianProgram } from '../support/debian-program.ts';
import { freePort, freePorts } from '../support/free-port.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { type RunningProgram, runProgram, startProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { ANY_TLS, HOST, startTerminator, WEB } from '../support/terminator.ts';
import { startTcp } from '../support/upstreams.ts';

const NAME = 'a.example.com';
/** A loopback address that no other part of the tests uses. */
const CLIENT = '127.0.0.9';
const FROM_CLIENT = {
  clientAddress: '203.0.113.9',
  clientPort: 4_711,
  localAddress: '198.51.100.1',
  localPort: 443,
};

const haproxy = await findDebianProgram('haproxy');
const nginx = await findDebianProgram('nginx');

let credential: Credential;
beforeAll(async () => {
  credential = await createOpensslCredential([NAME]);
});

const VERSIONS = ['v1', 'v2'] as const satisfies readonly ProxyVersion[];

describe.skipIf(typeof haproxy === 'string')(`with HAProxy ${skipReason(haproxy)}`, () => {
  it.each(VERSIONS)('reads its %s, and passes the client on to it with v2', async (version) => {
    const [inPort, outPort] = (await freePorts(2)) as [number, number];
    await using running = await startTerminator({ proxies: [HOST] });
    running.feed.put(
      {
        host: parseName(NAME),
        protocol: 'tls',
        terminate: WEB,
        upstreams: [{ scheme: 'tcp', target: { host: HOST, port: outPort } }],
        proxyProtocol: 'v2',
      },
      [credential],
    );
    const send = version === 'v1' ? 'send-proxy' : 'send-proxy-v2 proxy-v2-options crc32c';
    await using stack = new AsyncDisposableStack();
    stack.use(
      await startHaproxy(
        [inPort, outPort],
        `
listen sender
  mode tcp
  bind ${HOST}:${inPort}
  server us ${HOST}:${running.tlsPort} ${send}
frontend receiver
  mode http
  bind ${HOST}:${outPort} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src]|%[dst]|%[dst_port]|%[fc_pp_authority]"
`,
      ),
    );
    const args = ['-sk', '--http1.1', '-m', '10', '--interface', CLIENT];
    const url = `https://${NAME}/`;
    const asked = await runProgram('curl', [...args, '--connect-to', `::${HOST}:${inPort}`, url]);
    expect(asked.stdout).toBe(`${CLIENT}|${HOST}|${inPort}|${NAME}`);
  });

  it.each(VERSIONS)('is told by %s who connects to a port, and believes it', async (version) => {
    const port = await freePort();
    await using stack = new AsyncDisposableStack();
    stack.use(
      await startHaproxy(
        [port],
        `
frontend receiver
  mode http
  bind ${HOST}:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src]|%[dst_port]"
`,
      ),
    );
    const tcp = { ...groupOf(port), proxyProtocol: version };
    await using running = await startTerminator({ tcp });
    const url = `http://127.0.0.3:${running.tcpPort}/`;
    const asked = await runProgram('curl', ['-s', '-m', '10', '--interface', CLIENT, url]);
    expect(asked.stdout).toBe(`${CLIENT}|${running.tcpPort}`);
  });
});

describe.skipIf(typeof nginx === 'string')(`with nginx ${skipReason(nginx)}`, () => {
  it.each(VERSIONS)('is told by %s who connects to a port', async (version) => {
    const port = await freePort();
    await using stack = new AsyncDisposableStack();
    stack.use(
      await startNginx(
        port,
        `listen ${HOST}:${port} proxy_protocol; return 200 "$proxy_protocol_addr|$proxy_protocol_server_port";`,
      ),
    );
    await using running = await startTerminator({
      tcp: { ...groupOf(port), proxyProtocol: version },
    });
    const url = `http://127.0.0.3:${running.tcpPort}/`;
    const asked = await runProgram('curl', ['-s', '-m', '10', '--interface', CLIENT, url]);
    expect(asked.stdout).toBe(`${CLIENT}|${running.tcpPort}`);
  });
});

describe('PROXY headers from listed peers', () => {
  it.each([
    ['in one piece with what follows', (bytes: Buffer) => [bytes]],
    ['octet by octet', (bytes: Buffer) => [...bytes].map((octet) => Buffer.of(octet))],
  ])('are read %s, on a port of its own', async (_how, cut) => {
    for (const header of [writeProxyHeaderV1(FROM_CLIENT), writeProxyHeaderV2(FROM_CLIENT)]) {
      await using upstream = await startTcp();
      const tcp: UpstreamGroup = { ...groupOf(upstream.port), proxyProtocol: 'v1' };
      await using running = await startTerminator({ proxies: ['127.0.0.0/8'], tcp });
      const socket = connect({ host: '127.0.0.3', port: running.tcpPort, noDelay: true });
      for (const piece of cut(Buffer.concat([header, Buffer.from('hello')]))) {
        socket.write(piece);
        await new Promise(setImmediate);
      }
      socket.end();
      expect(await text(socket)).toBe('PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\nhello');
    }
  });

  it('come before TLS, and before plain HTTP', async () => {
    await using upstream = await startTcp();
    await using running = await startTerminator({ proxies: [HOST, '127.0.0.2'] });
    running.serve(NAME, upstream.port, {
      protocol: 'tls',
      terminate: ANY_TLS,
      credentials: [credential],
    });
    const raw = await open(HOST, running.tlsPort);
    raw.write(writeProxyHeaderV2(FROM_CLIENT));
    const secured = connectTls({ socket: raw, servername: NAME, rejectUnauthorized: false });
    secured.end('through');
    expect(await text(secured)).toBe('through');

    const plain = connect({ host: '127.0.0.2', port: running.httpPort, localAddress: HOST });
    plain.write(writeProxyHeaderV1(FROM_CLIENT));
    plain.write(`GET /x HTTP/1.1\r\nhost: ${NAME}\r\nconnection: close\r\n\r\n`);
    expect(await text(plain)).toContain(`location: https://${NAME}/x`);
    expect(running.terminator.counters().badProxyHeaders).toBe(0);
  });

  it('may say that the proxy speaks for itself', async () => {
    await using upstream = await startTcp();
    const tcp: UpstreamGroup = { ...groupOf(upstream.port), proxyProtocol: 'v1' };
    await using running = await startTerminator({ proxies: ['127.0.0.0/8'], tcp });
    const socket = connect({ host: '127.0.0.3', port: running.tcpPort, localAddress: CLIENT });
    socket.end(writeProxyHeaderV2(undefined));
    expect(await text(socket)).toMatch(/^PROXY TCP4 127\.0\.0\.9 127\.0\.0\.3 /);
  });

  it.each([
    ['is missing', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'end'],
    ['is cut in half by the end', writeProxyHeaderV2(FROM_CLIENT).subarray(0, 20), 'end'],
    ['stands still in the middle', writeProxyHeaderV1(FROM_CLIENT).subarray(0, 20), 'wait'],
    ['is malformed', Buffer.from('PROXY TCP4 nobody nowhere 1 2\r\n'), 'wait'],
  ])('end the connection when the header %s', async (_what, bytes, then) => {
    await using upstream = await startTcp();
    await using running = await startTerminator({
      proxies: ['127.0.0.0/8'],
      tcp: groupOf(upstream.port),
      limits: { helloMs: 200 },
    });
    const socket = connect({ host: '127.0.0.3', port: running.tcpPort });
    socket.on('error', () => {});
    if (then === 'end') socket.end(bytes);
    else socket.write(bytes);
    socket.resume();
    await once(socket, 'close');
    await expect
      .poll(() => running.terminator.counters())
      .toMatchObject({
        badProxyHeaders: 1,
        accepted: 0,
        open: 0,
      });
  });

  it('may be absent when the proxy only looks whether we are there', async () => {
    await using running = await startTerminator({ proxies: [HOST] });
    const socket = await open(HOST, running.tlsPort);
    socket.end();
    await once(socket.resume(), 'close');
    await expect.poll(() => running.terminator.counters().open).toBe(0);
    expect(running.terminator.counters().badProxyHeaders).toBe(0);
  });

  it('count for the limit of connections per address, and not the proxy', async () => {
    await using upstream = await startTcp();
    await using running = await startTerminator({
      proxies: ['127.0.0.0/8'],
      tcp: groupOf(upstream.port),
      limits: { connectionsPerAddress: 2 },
    });
    const connectAs = (clientAddress: string): Socket => {
      const socket = connect({ host: '127.0.0.3', port: running.tcpPort });
      socket.on('error', () => {});
      socket.write(writeProxyHeaderV1({ ...FROM_CLIENT, clientAddress }));
      return socket;
    };
    const sockets = ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2'].map(connectAs);
    await expect
      .poll(() => running.terminator.counters())
      .toMatchObject({ accepted: 3, turnedAway: 1 });
    for (const socket of sockets) socket.destroy();
  });
});

describe('PROXY headers from peers that are not listed', () => {
  it('are no TLS, and others connect as ever', async () => {
    await using upstream = await startTcp();
    await using running = await startTerminator({ proxies: ['192.0.2.0/24'] });
    running.serve(NAME, upstream.port, {
      protocol: 'tls',
      terminate: ANY_TLS,
      credentials: [credential],
    });
    const forging = await open(HOST, running.tlsPort);
    forging.write(writeProxyHeaderV2(FROM_CLIENT));
    const [answer] = (await once(forging, 'data')) as [Buffer];
    // Fatal decode_error.
    expect(answer.toString('hex')).toBe('15030300020232');
    forging.destroy();
    expect(running.terminator.counters()).toMatchObject({ badHellos: 1, handshakes: 0 });

    const honest = connectTls({
      host: HOST,
      port: running.tlsPort,
      servername: NAME,
      rejectUnauthorized: false,
    });
    honest.end('plain');
    expect(await text(honest)).toBe('plain');
  });
});

function skipReason(found: unknown): string {
  return typeof found === 'string' ? `(skipped: ${found})` : '';
}

function groupOf(port: number): UpstreamGroup {
  return { upstreams: [{ scheme: 'tcp', target: { host: HOST, port } }] };
}

async function open(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Ready when it accepts connections on all of `ports`. */
async function startHaproxy(ports: readonly number[], sections: string): Promise<AsyncDisposable> {
  if (typeof haproxy === 'string') throw new Error(haproxy);
  const directory = await openTempDir();
  const file = directory.file('haproxy.cfg');
  await writeFile(
    file,
    `defaults\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n${sections}`,
  );
  return ready(
    ports,
    await startProgram(haproxy.file, ['-f', file, '-db'], haproxy.options),
    directory,
  );
}

async function startNginx(port: number, server: string): Promise<AsyncDisposable> {
  if (typeof nginx === 'string') throw new Error(nginx);
  const directory = await openTempDir();
  await mkdir(directory.file('logs'));
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory.file(name)};`)
    .join(' ');
  await writeFile(
    directory.file('nginx.conf'),
    `daemon off; master_process off; pid ${directory.file('pid')}; error_log stderr;
events {}
http { access_log off; ${places} server { ${server} } }`,
  );
  const args = ['-p', directory.path, '-c', directory.file('nginx.conf'), '-e', 'stderr'];
  return ready([port], await startProgram(nginx.file, args, nginx.options), directory);
}

async function ready(
  ports: readonly number[],
  program: RunningProgram,
  directory: AsyncDisposable,
): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  stack.use(directory);
  stack.use(program);
  let exit: unknown;
  void program.exited.then((result) => (exit = result));
  for (const port of ports) {
    while (!(await isOpen(port))) {
      if (exit !== undefined) throw new Error(`the program ended: ${program.output}`);
      await wait(50);
    }
  }
  return stack;
}

function isOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: HOST, port });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
