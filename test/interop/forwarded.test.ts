/**
 * Requests through HTTP proxies in front: who is believed, and what upstreams and logs are told.
 *
 * @module
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { curl, HOST, type RunningTerminator, startTerminator, WEB } from '../support/terminator.ts';
import { startHttp, type Upstream } from '../support/upstreams.ts';

const NAME = 'a.example.com';
/** A loopback address that no other part of the tests uses. */
const CDN = '127.0.0.10';
const FORWARDED = {
  from: [CDN],
  fields: ['X-Forwarded-For', 'X-Forwarded-Proto'],
} as const;
const CLIENT = ['-H', 'X-Forwarded-For: 1.1.1.1, 203.0.113.9', '-H', 'X-Forwarded-Proto: http'];
const UPGRADE = ['-H', 'Connection: Upgrade', '-H', 'Upgrade: chat'];
const FROM_CDN = ['--interface', CDN];

let credential: Credential;
beforeAll(async () => {
  credential = await createOpensslCredential([NAME]);
});

/** Answers with the fields about the origin of the request, also to what asks for an upgrade. */
function startTeller(): Promise<Upstream> {
  return startHttp((request, response) => {
    const told = Object.entries(request.headers).filter(([name]) => /forwarded|real-ip/.test(name));
    response.end(JSON.stringify(Object.fromEntries(told)));
  });
}

function serve(running: RunningTerminator, upstream: Upstream): void {
  const options = { protocol: 'https', terminate: WEB, credentials: [credential] } as const;
  running.serve(NAME, upstream.port, options);
}

describe.each([
  ['HTTP/1.1', ['--http1.1']],
  ['HTTP/2', ['--http2']],
  ['an upgrade of HTTP/1.1', ['--http1.1', ...UPGRADE]],
])('by %s', (_how, version) => {
  it('believes the proxies that are listed, and nobody else', async () => {
    await using upstream = await startTeller();
    await using running = await startTerminator({ forwarded: FORWARDED });
    serve(running, upstream);
    const args = [...version, ...CLIENT, '-H', 'X-Forwarded-Host: x.example', '-H', 'X-Real-IP: 6'];
    const believed = await curl(running.tlsPort, `https://${NAME}/`, [...args, ...FROM_CDN]);
    expect(JSON.parse(believed.stdout)).toEqual({
      'x-forwarded-for': `203.0.113.9, ${CDN}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-host': NAME,
      'x-real-ip': '203.0.113.9',
      forwarded: `for=203.0.113.9;host=${NAME};proto=http, for=${CDN};host=${NAME};proto=https`,
    });
    const forged = await curl(running.tlsPort, `https://${NAME}/`, args);
    expect(JSON.parse(forged.stdout)).toEqual({
      'x-forwarded-for': HOST,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': NAME,
      'x-real-ip': HOST,
      forwarded: `for=${HOST};host=${NAME};proto=https`,
    });
  });
});

it('tells the upstream of a WebSocket over HTTP/2 the same', async () => {
  await using upstream = await startTeller();
  await using running = await startTerminator({ forwarded: FORWARDED });
  serve(running, upstream);
  const socket = connect({ host: HOST, port: running.tlsPort, localAddress: CDN });
  const client = { servername: NAME, ALPNProtocols: ['h2'], rejectUnauthorized: false };
  const session = connectHttp2(`https://${NAME}`, {
    createConnection: () => connectTls({ socket, ...client }),
  });
  await once(session, 'remoteSettings');
  const stream = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':authority': NAME,
    ':path': '/',
    'sec-websocket-version': '13',
    'x-forwarded-for': '203.0.113.9',
  });
  expect(await json(stream)).toMatchObject({ 'x-forwarded-for': `203.0.113.9, ${CDN}` });
  session.destroy();
});

it('holds on plain HTTP and for each request of a connection, and is written down', async () => {
  await using directory = await openTempDir();
  const path = directory.file('access.log');
  await using upstream = await startTeller();
  const running = await startTerminator({
    forwarded: { from: [CDN], fields: ['Forwarded'] },
    accessLog: { path, sample: 1, query: false },
  });
  running.serve(NAME, upstream.port, { protocol: 'http' });
  const ask = (value: string): string[] => ['-H', `Forwarded: ${value}`];
  const url = `http://${NAME}/`;
  const common = ['-s', '-m', '10', '--connect-to', `::127.0.0.2:${running.httpPort}`];
  const first = [...common, ...FROM_CDN, ...ask('for="[2001:db8::7]:99";proto=https'), url];
  const second = [...common, ...FROM_CDN, ...ask('for=203.0.113.8'), url];
  const { stdout } = await runProgram('curl', [...first, '--next', ...second]);
  expect(stdout.match(/"x-real-ip":"[^"]*"/g)).toEqual([
    '"x-real-ip":"2001:db8::7"',
    '"x-real-ip":"203.0.113.8"',
  ]);
  await runProgram('curl', [...common, ...ask('for=203.0.113.8'), url]);
  await running.terminator.stop(1_000);
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  const written = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(written).toMatchObject([
    { type: 'request', client: '2001:db8::7', proxy: CDN, status: 200 },
    { client: '203.0.113.8', proxy: CDN },
    { client: HOST, port: expect.any(Number) },
  ]);
  expect(written[2]).not.toHaveProperty('proxy');
});

it('goes by the address in a PROXY header, where a listener reads both', async () => {
  await using upstream = await startTeller();
  await using running = await startTerminator({
    proxies: [HOST],
    forwarded: { ...FORWARDED, from: ['198.51.100.0/24'] },
  });
  running.serve(NAME, upstream.port, { protocol: 'http' });
  for (const [peer, client] of [
    ['198.51.100.7', '203.0.113.9'],
    ['192.0.2.1', '192.0.2.1'],
  ] as const) {
    const socket = connect({ host: '127.0.0.2', port: running.httpPort });
    socket.write(`PROXY TCP4 ${peer} 192.0.2.2 1 443\r\nGET / HTTP/1.1\r\nHost: ${NAME}\r\n`);
    socket.write('X-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n');
    expect(await text(socket)).toContain(`"x-real-ip":"${client}"`);
  }
});
