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
import { HOST, startTerminator, WEB } from '../support/terminator.ts';

const NAME = 'a.example.com';
const TAIL = 'GET /smuggled HTTP/1.1\r\nHost: a.example.com\r\n\r\n';

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['*.example.com']);
});

function post(...lines: string[]): string {
  return ['POST /first HTTP/1.1', `Host: ${NAME}`, ...lines].join('\r\n');
}

/** Every one of these has to be refused. */
const REFUSED: Readonly<Record<string, string>> = {
  'CL.TE': post('Content-Length: 6', 'Transfer-Encoding: chunked', '', '0', '', TAIL),
  'TE.CL': post('Transfer-Encoding: chunked', 'Content-Length: 4', '', '5c', TAIL, '0', '', ''),
  'two different lengths': post('Content-Length: 0', 'Content-Length: 50', '', TAIL),
  'the same length twice': post('Content-Length: 2', 'Content-Length: 2', '', 'ab'),
  'a list of lengths': post('Content-Length: 0, 50', '', TAIL),
  'a length with a sign': post('Content-Length: +0', '', TAIL),
  'a negative length': post('Content-Length: -1', '', TAIL),
  'a hexadecimal length': post('Content-Length: 0x10', '', TAIL),
  'a length of many digits': post('Content-Length: 99999999999999999999', '', TAIL),
  'a space before the colon': post('Transfer-Encoding : chunked', '', '0', '', TAIL),
  'a tab before the colon': post('Content-Length\t: 0', '', TAIL),
  'an encoding that is not chunked': post('Transfer-Encoding: xchunked', '', '0', '', TAIL),
  'chunked that is not last': post('Transfer-Encoding: chunked, identity', '', '0', '', TAIL),
  'two encodings': post('Transfer-Encoding: chunked', 'Transfer-Encoding: x', '', '0', '', TAIL),
  'a folded encoding': post('Transfer-Encoding:', ' chunked', '', '0', '', TAIL),
  'a folded field': post('X: a', ' b: c', 'Content-Length: 0', '', TAIL),
  'a bare line feed': `POST /first HTTP/1.1\nHost: ${NAME}\nContent-Length: 0\n\n${TAIL}`,
  'a bare carriage return': post('X: a\rTransfer-Encoding: chunked', '', '0', '', TAIL),
  'a zero octet in a value': post('X: a\0b', 'Content-Length: 0', '', TAIL),
  'a zero octet in a name': post('X\0: a', 'Content-Length: 0', '', TAIL),
  'a chunk size that is none': post('Transfer-Encoding: chunked', '', 'xyz', 'abc', '0', '', TAIL),
  'a chunk size beyond 64 bits': post(
    'Transfer-Encoding: chunked',
    '',
    '10000000000000001',
    'a',
    '0',
    '',
    TAIL,
  ),
  'a chunk that is longer than said': post(
    'Transfer-Encoding: chunked',
    '',
    '1',
    'abc',
    '0',
    '',
    TAIL,
  ),
  'a line feed ends a chunk size': post('Transfer-Encoding: chunked', '', '1\na', '0', '', TAIL),
  'a line feed in a chunk extension': post(
    'Transfer-Encoding: chunked',
    '',
    '1;x\nx',
    'a',
    '0',
    '',
    TAIL,
  ),
  'endless chunk extensions': post(
    'Transfer-Encoding: chunked',
    '',
    `1;${'x'.repeat(50_000)}`,
    'a',
    '0',
    '',
    TAIL,
  ),
  'two hosts': `GET /first HTTP/1.1\r\nHost: ${NAME}\r\nHost: b.example.com\r\n\r\n`,
  'no host': 'GET /first HTTP/1.1\r\n\r\n',
  'an absolute target': `GET http://b.example.com/first HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`,
  'an authority as target': `CONNECT b.example.com:443 HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`,
  'a space in the target': `GET /first /second HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`,
  'a version that is none': `GET /first HTTP/1.1x\r\nHost: ${NAME}\r\n\r\n`,
  'HTTP/0.9': 'GET /first\r\n\r\n',
  'an encoding in HTTP/1.0': `POST /first HTTP/1.0\r\nHost: ${NAME}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${TAIL}`,
};

describe('HTTP/1.1 smuggling', () => {
  it.each(Object.entries(REFUSED))('refuses %s', async (_name, bytes) => {
    await using upstream = await startRecorder();
    await using running = await startTerminator();
    running.serve(NAME, upstream.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [credential],
    });
    const answer = await exchangeBytes(running.tlsPort, NAME, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:400|405|413|431) |^$/);
    expect((answer.match(/^HTTP\/1\.1 /gm) ?? []).length).toBeLessThanOrEqual(1);
    // A request whose body is at fault may have begun, but never ends, and nothing follows it.
    expect(upstream.received()).not.toContain('/smuggled');
    expect(upstream.received()).not.toContain('0\r\n\r\n');
  });

  it('passes on what may be unusual but has one meaning', async () => {
    await using upstream = await startRecorder();
    await using running = await startTerminator();
    running.serve(NAME, upstream.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [credential],
    });
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
    await using running = await startTerminator();
    running.serve(NAME, upstream.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [credential],
    });
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
    await using running = await startTerminator();
    running.serve(NAME, upstream.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [credential],
    });
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
      await using running = await startTerminator();
      running.serve(NAME, upstream.port, {
        protocol: 'https',
        terminate: WEB,
        credentials: [credential],
      });
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
