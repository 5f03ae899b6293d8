/**
 * Requests that two servers could read in two ways: the upstream never sees more than one of them.
 *
 * @module
 */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { exchangeBytes, startRecorder } from '../support/http-messages.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { post, SMUGGLED_HOST, SMUGGLING } from '../support/smuggling-vectors.ts';
import { HOST, type RunningTerminator, startTerminator, WEB } from '../support/terminator.ts';

const NAME = SMUGGLED_HOST;

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['*.example.com']);
});

async function startBefore(upstream: { readonly port: number }): Promise<RunningTerminator> {
  const running = await startTerminator();
  running.serve(NAME, upstream.port, {
    protocol: 'https',
    terminate: WEB,
    credentials: [credential],
  });
  return running;
}

describe('HTTP/1.1 smuggling', () => {
  it.each(Object.entries(SMUGGLING))('refuses %s', async (_name, bytes) => {
    await using upstream = await startRecorder();
    await using running = await startBefore(upstream);
    const answer = await exchangeBytes(running.tlsPort, NAME, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:400|413|431|501) |^$/);
    expect((answer.match(/^HTTP\/1\.1 /gm) ?? []).length).toBeLessThanOrEqual(1);
    // A request whose body is at fault may have begun, but never ends, and nothing follows it.
    expect(upstream.received()).not.toContain('/smuggled');
    expect(upstream.received()).not.toContain('0\r\n\r\n');
  });

  it('passes on what may be unusual but has one meaning', async () => {
    await using upstream = await startRecorder();
    await using running = await startBefore(upstream);
    const bytes = post(
      'Transfer-Encoding: chunked',
      'Connection: close, x-hop',
      'X-Hop: gone',
      'X-Forwarded-For: 6.6.6.6',
      '',
      '3;ext="a"',
      'abc',
      '0',
      '',
      '',
    );
    const answer = await exchangeBytes(running.tlsPort, NAME, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.received()).toContain('abc');
    expect(upstream.received()).not.toMatch(/x-hop|ext=|6\.6\.6\.6/i);
  });
});

/** Fields and pseudo-fields that would be more than one line in HTTP/1.1. */
const TORN: Readonly<Record<string, Record<string, string>>> = {
  'a space in :path': { ':path': '/first HTTP/1.1\x20x' },
  'a tab in :path': { ':path': '/first\tx' },
  'a target that is no path': { ':path': 'http://b.example.com/' },
  'a space in :method': { ':method': 'GET /x HTTP/1.1 ' },
  'a Host that differs': { host: 'b.example.com' },
  'another authority': { ':authority': 'b.example.com, a.example.com' },
};

describe('HTTP/2 to HTTP/1.1', () => {
  it.each(Object.entries(TORN))('does not pass %s on', async (_name, fields) => {
    await using upstream = await startRecorder();
    await using running = await startBefore(upstream);
    const session = connectHttp2(`https://${HOST}:${running.tlsPort}`, {
      servername: NAME,
      rejectUnauthorized: false,
    });
    session.on('error', () => {});
    const stream = session.request({ ':path': '/first', ':authority': NAME, ...fields });
    let status: unknown;
    stream.on('error', () => {});
    stream.on('response', (headers) => {
      status = headers[':status'];
    });
    stream.resume();
    await new Promise((resolve) => stream.once('close', resolve));
    session.destroy();
    expect([400, 421, undefined]).toContain(status);
    expect(upstream.received()).toBe('');
  });

  it.each([
    ['transfer-encoding', 'chunked'],
    ['connection', 'x'],
    ['upgrade', 'websocket'],
    ['X-Upper', 'a'],
    ['content-length', '5'],
  ])('resets a stream with %s: %j', async (name, value) => {
    await using upstream = await startRecorder();
    await using running = await startBefore(upstream);
    const frames = await sendRawHttp2(running.tlsPort, [
      [':method', 'GET'],
      [':scheme', 'https'],
      [':path', '/first'],
      [':authority', NAME],
      [name, value],
    ]);
    // RST_STREAM, GOAWAY, or the end of the connection.
    expect(frames.some((type) => type === 3 || type === 7) || frames.length === 0).toBe(true);
    expect(frames).not.toContain(1);
    expect(upstream.received()).toBe('');
  });
});

describe('HTTP/2 fields that HTTP/1.1 cannot carry', () => {
  it.each(['a\r\nsmuggled: b', 'a\nsmuggled: b', 'a\rsmuggled: b', 'a\0smuggled'])(
    'leaves out the value %j',
    async (value) => {
      await using upstream = await startRecorder();
      await using running = await startBefore(upstream);
      await sendRawHttp2(running.tlsPort, [
        [':method', 'GET'],
        [':scheme', 'https'],
        [':path', '/first'],
        [':authority', NAME],
        ['x', value],
      ]);
      expect(upstream.received()).not.toContain('smuggled');
    },
  );
});

/** One request in literal fields, as no library would send it; gives the types of the answer's frames. */
async function sendRawHttp2(port: number, fields: [string, string][]): Promise<number[]> {
  const socket = connectTls({
    host: HOST,
    port,
    servername: NAME,
    ALPNProtocols: ['h2'],
    rejectUnauthorized: false,
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const block = Buffer.concat(
    fields.flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name, 'latin1'),
      Buffer.from([value.length]),
      Buffer.from(value, 'latin1'),
    ]),
  );
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(frame(4, 0, 0, Buffer.alloc(0)));
  socket.write(frame(1, 0x4 | 0x1, 1, block));
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.setTimeout(400, () => socket.destroy());
  await once(socket, 'close');
  const types: number[] = [];
  for (let at = 0; at + 9 <= received.length; at += 9 + received.readUIntBE(at, 3)) {
    const stream = received.readUInt32BE(at + 5);
    const type = received[at + 3] ?? 0;
    if (stream === 1 || type === 7) types.push(type);
  }
  return types;
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
