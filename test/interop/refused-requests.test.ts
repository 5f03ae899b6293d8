/**
 * Requests that are no upstream's business: each gets an answer, is counted and written down, and
 * ends.
 *
 * @module
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { connectHttp1, exchangeBytes, startRecorder } from '../support/http-messages.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import type { TerminatorLimits } from '../../src/terminator/settings.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { HOST, type RunningTerminator, startTerminator, WEB } from '../support/terminator.ts';

const NAME = 'a.example.com';
const PLAIN = 'plain.example.com';

let credential: Credential;
beforeAll(async () => {
  credential = await createOpensslCredential([NAME]);
});

/** Sends `bytes` without TLS, and keeps its own half of the connection open. */
async function exchangePlain(port: number, bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.2', port, allowHalfOpen: true });
  let received = '';
  socket.on('data', (chunk) => {
    received += String(chunk);
  });
  socket.setTimeout(400, () => socket.destroy());
  socket.once('end', () => socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

/** The lines of what `talk` did, when all of it is over. */
async function written(
  talk: (running: RunningTerminator) => Promise<void>,
  limits: Partial<TerminatorLimits> = {},
): Promise<Record<string, unknown>[]> {
  await using directory = await openTempDir();
  const path = directory.file('access.log');
  await using upstream = await startRecorder();
  const running = await startTerminator({
    accessLog: { path, sample: 1, query: false },
    limits,
  });
  running.serve(NAME, upstream.port, {
    protocol: 'https',
    terminate: WEB,
    credentials: [credential],
  });
  running.serve(PLAIN, upstream.port, { protocol: 'http' });
  await talk(running);
  await running.terminator.stop(3_000);
  expect(upstream.received()).toBe('');
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const ODD: readonly (readonly [what: string, status: number, first: string, hosts: number])[] = [
  ['CONNECT', 501, 'CONNECT b.example.com:443 HTTP/1.1', 1],
  ['a request without Host', 400, 'GET / HTTP/1.1', 0],
  ['a request with the same Host twice', 400, 'GET / HTTP/1.1', 2],
];

function requestOf(first: string, host: string, hosts: number): string {
  return [first, ...Array<string>(hosts).fill(`Host: ${host}`), '', ''].join('\r\n');
}

describe.each(ODD)('%s', (_what, status, first, hosts) => {
  const answer = new RegExp(`^HTTP/1\\.1 ${status} `);

  it(`is answered with ${status} over TLS`, async () => {
    const lines = await written(async (running) => {
      const bytes = requestOf(first, NAME, hosts);
      expect(await exchangeBytes(running.tlsPort, NAME, bytes)).toMatch(answer);
      expect(running.terminator.counters().requests).toBe(1);
    });
    expect(lines).toMatchObject([{ type: 'request', endpoint: NAME, status }]);
  });

  it.each([PLAIN, 'unknown.example.com'])(`and without, for %s`, async (host) => {
    const lines = await written(async (running) => {
      const bytes = requestOf(first, host, hosts);
      expect(await exchangePlain(running.httpPort, bytes)).toMatch(answer);
    });
    expect(lines).toMatchObject([{ type: 'request', status }]);
  });
});

it('answers CONNECT over HTTP/2 with 501', async () => {
  const lines = await written(async (running) => {
    const session = connectHttp2(`https://${HOST}:${running.tlsPort}`, {
      servername: NAME,
      rejectUnauthorized: false,
    });
    const stream = session.request({ ':method': 'CONNECT', ':authority': `${NAME}:443` });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(501);
    session.destroy();
  });
  expect(lines).toMatchObject([{ type: 'request', http: '2', method: 'CONNECT', status: 501 }]);
});

it.each([
  ['HTTP/0.9', 'GET / HTTP/0.9\r\n\r\n'],
  ['a method that is none', 'BREW / HTTP/1.1\r\nHost: a.example.com\r\n\r\n'],
])('counts %s as a bad request', async (_what, bytes) => {
  const lines = await written(async (running) => {
    await exchangeBytes(running.tlsPort, NAME, bytes);
    await exchangePlain(running.httpPort, bytes);
  });
  const line = { type: 'connection', refused: 'bad-request' };
  expect(lines).toMatchObject([line, line]);
});

it('ends connections without a whole request in time, and blames only those that began one', async () => {
  const lines = await written(
    async ({ tlsPort, httpPort }) => {
      const plain = connect({ host: '127.0.0.2', port: httpPort });
      const begun = connect({ host: '127.0.0.2', port: httpPort });
      const secure = await connectHttp1(tlsPort, NAME);
      begun.write('GET / HTTP/1.1\r\nHost:');
      const answers = await Promise.all([plain, secure, begun].map((socket) => text(socket)));
      expect(answers).toEqual(['', '', expect.stringMatching(/^HTTP\/1\.1 408 /)]);
    },
    { requestHeadersMs: 200 },
  );
  expect(lines).toMatchObject([{ type: 'connection', refused: 'bad-request' }]);
});

it('ignores what is expected besides 100-continue', async () => {
  await using upstream = await startRecorder();
  await using running = await startTerminator();
  running.serve(PLAIN, upstream.port, { protocol: 'http' });
  const bytes = `GET / HTTP/1.1\r\nHost: ${PLAIN}\r\nExpect: miracles\r\nConnection: close\r\n\r\n`;
  expect(await exchangePlain(running.httpPort, bytes)).toMatch(/^HTTP\/1\.1 200 /);
  expect(upstream.received()).not.toContain('miracles');
});

it('lets go of a client that stays after its upgrade was refused', async () => {
  await using running = await startTerminator();
  const bytes = 'GET / HTTP/1.1\r\nHost: x.example\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';
  const socket = connect({ host: '127.0.0.2', port: running.httpPort, allowHalfOpen: true });
  socket.on('error', () => {});
  socket.resume();
  socket.write(bytes);
  await once(socket, 'end');
  await expect.poll(() => running.terminator.counters().open, { timeout: 5_000 }).toBe(0);
  socket.destroy();
});
