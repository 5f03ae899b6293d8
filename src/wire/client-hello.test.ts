import { describe, expect, it } from 'vitest';
import {
  alpnExtension,
  helloMessage,
  inRecords,
  preSharedKeyExtension,
  serverNameExtension,
  sessionTicketExtension,
  signatureAlgorithmsExtension,
  supportedVersionsExtension,
  vector16,
} from '../../test/support/client-hello-bytes.ts';
import type { Extension, HelloParts } from '../../test/support/client-hello-bytes.ts';
import { AppError } from '../core/errors.ts';
import { readClientHello } from './client-hello.ts';
import type { ClientHello } from './client-hello.ts';

const stream = (parts: HelloParts): Buffer => inRecords(helloMessage(parts));
const padded = (octets: number): Buffer => withExtensions([21, Buffer.alloc(octets)]);
const cutsAfterEach = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => index + 1);
const withExtensions = (...extensions: Extension[]): Buffer => stream({ extensions });

function read(bytes: Uint8Array): ClientHello {
  const hello = readClientHello(bytes);
  if (hello === 'incomplete') throw new Error('the message is incomplete');
  return hello;
}

/** The reason of the refusal, or what `readClientHello` gave instead. */
function refusal(bytes: Uint8Array): unknown {
  try {
    return readClientHello(bytes);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'peer/client-hello')
      return thrown.context['reason'];
    throw thrown;
  }
}

describe('readClientHello', () => {
  it('reads every field, in the order of the client', () => {
    const bytes = stream({
      cipherSuites: [0x1302, 0x1301],
      extensions: [
        supportedVersionsExtension(0x0303, 0x0304),
        alpnExtension('http/1.1', 'h2'),
        serverNameExtension('app.example.com'),
        signatureAlgorithmsExtension(0x0804, 0x0403),
        sessionTicketExtension('old'),
        preSharedKeyExtension('first', 'second'),
      ],
    });
    expect(read(bytes)).toEqual({
      serverName: 'app.example.com',
      unusableServerName: undefined,
      alpnProtocols: ['http/1.1', 'h2'],
      supportedVersions: [0x0303, 0x0304],
      cipherSuites: [0x1302, 0x1301],
      signatureSchemes: [0x0804, 0x0403],
      sessionTickets: ['old', 'first', 'second'].map((ticket) => new TextEncoder().encode(ticket)),
      length: bytes.length,
    });
  });

  it('accepts a client without any extension', () => {
    expect(read(stream({ legacyVersion: 0x0302 }))).toMatchObject({
      serverName: undefined,
      unusableServerName: undefined,
      alpnProtocols: [],
      supportedVersions: [0x0302],
      signatureSchemes: [],
      sessionTickets: [],
    });
  });

  it('takes an empty session_ticket for none', () => {
    expect(read(withExtensions(sessionTicketExtension(''))).sessionTickets).toEqual([]);
  });

  it('leaves GREASE out of every list of numbers', () => {
    const bytes = stream({
      cipherSuites: [0x1a1a, 0x1301],
      extensions: [
        supportedVersionsExtension(0xfafa, 0x0304),
        signatureAlgorithmsExtension(0x0a0a, 0x0403),
      ],
    });
    expect(read(bytes)).toMatchObject({
      cipherSuites: [0x1301],
      supportedVersions: [0x0304],
      signatureSchemes: [0x0403],
    });
  });

  it('leaves what follows in records of their own to the next reader', () => {
    const bytes = withExtensions(serverNameExtension('app.example.com'));
    expect(read(Buffer.concat([bytes, Buffer.from('1703030001ff', 'hex')])).length).toBe(
      bytes.length,
    );
  });
});

describe('readClientHello on server names (RFC 6066 §3)', () => {
  it.each([
    ['App.EXAMPLE.com', 'app.example.com'],
    ['app.example.com.', 'app.example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['localhost', 'localhost'],
  ])('reads %s as %s', (sent, serverName) => {
    expect(read(withExtensions(serverNameExtension(sent)))).toMatchObject({
      serverName,
      unusableServerName: undefined,
    });
  });

  it.each([
    ['192.0.2.7', 'address'],
    ['2001:db8::7', 'address'],
    ['[2001:db8::7]', 'address'],
    ['*.example.com', 'malformed'],
    ['a..example.com', 'malformed'],
    ['app.example.com..', 'malformed'],
    ['a_b.example.com', 'malformed'],
    [' app.example.com', 'malformed'],
    ['app.example.com\0.evil.example', 'malformed'],
    ['b\u00fccher.example', 'malformed'],
    ['1.2.3', 'malformed'],
    ['a.'.repeat(2_000), 'malformed'],
  ])('uses no name for %j, and says that there was one', (sent, unusableServerName) => {
    expect(read(withExtensions(serverNameExtension(sent)))).toMatchObject({
      serverName: undefined,
      unusableServerName,
    });
  });

  it('reads past a name of another type', () => {
    const entries = Buffer.concat([
      Buffer.of(9),
      vector16(Buffer.from('?')),
      Buffer.of(0),
      vector16(Buffer.from('a.example')),
    ]);
    expect(read(withExtensions([0, vector16(entries)])).serverName).toBe('a.example');
  });
});

describe('readClientHello on hostile bytes', () => {
  const hello = helloMessage({ extensions: [serverNameExtension('app.example.com')] });

  it.each([
    ['plain HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.9\r\n')],
    ['an SSL 2 hello', Buffer.from('802e0100020015', 'hex')],
    ['one octet that is none of ours', Buffer.of(0)],
    ['an alert', Buffer.from('15030300020100', 'hex')],
    ['an unknown record version', Buffer.of(22, 4)],
  ])('calls %s not TLS', (_, bytes) => {
    expect(refusal(bytes)).toBe('not-tls');
  });

  it('refuses another handshake message by its first octet', () => {
    expect(refusal(Buffer.of(22, 3, 3, 0, 50, 2))).toBe('not-client-hello');
  });

  it.each([
    ['an empty record', Buffer.of(22, 3, 1, 0, 0)],
    ['a record longer than TLS allows', Buffer.of(22, 3, 1, 0x40, 1)],
    [
      'another record in the middle',
      Buffer.concat([inRecords(hello.subarray(0, 9)), Buffer.of(23, 3, 3)]),
    ],
    ['more after it in the same record', inRecords(Buffer.concat([hello, Buffer.of(0)]))],
    ['a session id of 33 octets', stream({ sessionId: Buffer.alloc(33) })],
    ['no cipher suites', stream({ cipherSuites: [] })],
    ['no compression methods', stream({ compressionMethods: Buffer.alloc(0) })],
    ['an empty list of versions', withExtensions(supportedVersionsExtension())],
    ['half a version', withExtensions([43, Buffer.of(3, 3, 4, 3)])],
    ['an octet behind the versions', withExtensions([43, Buffer.of(2, 3, 4, 0)])],
    ['an empty list of protocols', withExtensions(alpnExtension())],
    ['an empty protocol', withExtensions(alpnExtension('h2', ''))],
    ['no pre-shared key', withExtensions(preSharedKeyExtension())],
    ['an empty pre-shared key', withExtensions(preSharedKeyExtension('x', ''))],
    ['a pre-shared key without age', withExtensions([41, Buffer.of(0, 3, 0, 1, 7)])],
    ['an empty server_name', withExtensions([0, Buffer.alloc(0)])],
    ['an empty list of server names', withExtensions(serverNameExtension())],
    ['an empty host name', withExtensions(serverNameExtension(''))],
    ['two host names', withExtensions(serverNameExtension('a.example', 'b.example'))],
  ])('refuses %s', (_, bytes) => {
    expect(refusal(bytes)).toBe('malformed');
  });

  it('refuses an extension that comes twice, known or not', () => {
    const name = serverNameExtension('a.example');
    expect(refusal(withExtensions(name, alpnExtension('h2'), name))).toBe('duplicate-extension');
    expect(refusal(withExtensions([0x7777, Buffer.alloc(0)], [0x7777, Buffer.alloc(0)]))).toBe(
      'duplicate-extension',
    );
  });

  it('accepts up to 16 KiB, and refuses more as soon as the length says so', () => {
    const room = 16_384 - padded(0).length;
    expect(read(padded(room)).length).toBe(16_384);
    expect(refusal(padded(room + 1).subarray(0, 9))).toBe('too-large');
    expect(refusal(Buffer.of(22, 3, 1, 0, 100, 1, 0xff, 0xff, 0xff))).toBe('too-large');
  });

  it('counts record headers too', () => {
    const message = helloMessage({ extensions: [[21, Buffer.alloc(16_384 - 80 - 9 * 5)]] });
    const cuts = Array.from({ length: 30 }, (_, index) => (index + 1) * 500);
    expect(read(inRecords(message)).length).toBeLessThan(16_384);
    expect(refusal(inRecords(message, cuts))).toBe('too-large');
  });

  it('bounds the number of records', () => {
    expect(read(inRecords(hello, cutsAfterEach(63))).serverName).toBe('app.example.com');
    expect(refusal(inRecords(hello, cutsAfterEach(64)))).toBe('too-many-records');
  });
});
