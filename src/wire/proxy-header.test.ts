import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../core/errors.ts';
import { crc32c } from './crc32c.ts';
import {
  isProxyHeader,
  LONGEST_PROXY_HEADER,
  type ProxyAddresses,
  readProxyHeader,
} from './proxy-header.ts';
import { writeProxyHeaderV1, writeProxyHeaderV2 } from './write-proxy-header.ts';

const V4: ProxyAddresses = {
  clientAddress: '192.0.2.7',
  clientPort: 56_324,
  localAddress: '198.51.100.1',
  localPort: 443,
};
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function v2(versionAndCommand: number, family: number, body: Uint8Array): Buffer {
  const fixed = Buffer.of(versionAndCommand, family, body.length >>> 8, body.length & 0xff);
  return Buffer.concat([SIGNATURE, fixed, body]);
}

/** A result, or the reason of the one error that is allowed. */
function outcome(bytes: Uint8Array): unknown {
  try {
    return readProxyHeader(bytes);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'peer/proxy-header') {
      return thrown.context['reason'];
    }
    throw thrown;
  }
}

const port = fc.integer({ min: 0, max: 65_535 });
const anyAddresses: fc.Arbitrary<ProxyAddresses> = fc
  .constantFrom(fc.ipV4(), fc.ipV6())
  .chain((address) =>
    fc.record({ clientAddress: address, localAddress: address, clientPort: port, localPort: port }),
  );
const anyFacts = fc.record({
  alpn: fc.option(fc.constantFrom('h2', 'http/1.1'), { nil: undefined }),
  authority: fc.option(fc.domain(), { nil: undefined }),
  uniqueId: fc.option(fc.string({ maxLength: 60 }), { nil: undefined }),
  tls: fc.option(
    fc.record({
      version: fc.constant('TLSv1.3'),
      cipher: fc.constant('TLS_AES_128_GCM_SHA256'),
      clientCertificate: fc.option(
        fc.record({ isVerified: fc.boolean(), commonName: fc.string({ maxLength: 60 }) }),
        { nil: undefined },
      ),
    }),
    { nil: undefined },
  ),
});
const anyHeader = fc.oneof(
  anyAddresses.map(writeProxyHeaderV1),
  fc.constant(writeProxyHeaderV1(undefined)),
  fc
    .tuple(anyAddresses, anyFacts)
    .map(([addresses, facts]) => writeProxyHeaderV2(addresses, facts)),
  anyFacts.map((facts) => writeProxyHeaderV2(undefined, facts)),
);

/** As both of us write the same address in the end. */
function shown(addresses: ProxyAddresses | undefined): unknown {
  if (addresses === undefined) return undefined;
  const read = readProxyHeader(writeProxyHeaderV1(addresses));
  return read === 'incomplete' ? read : read.addresses;
}

describe('readProxyHeader', () => {
  it('reads version 1', () => {
    const line = 'PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n';
    expect(readProxyHeader(Buffer.from(`${line}GET`))).toEqual({
      addresses: V4,
      length: line.length,
    });
    expect(readProxyHeader(Buffer.from('PROXY UNKNOWN ffff:f... 1 2\r\n'))).toMatchObject({
      addresses: undefined,
    });
  });

  it('reads version 2, shortens addresses, and shows IPv4 in IPv6 form as IPv4', () => {
    expect(outcome(writeProxyHeaderV2(V4))).toEqual({ addresses: V4, length: 28 });
    const [clientAddress, localAddress] = ['2001:db8:0:0::1', '::ffff:192.0.2.1'];
    expect(outcome(writeProxyHeaderV2({ ...V4, clientAddress, localAddress }))).toMatchObject({
      addresses: { clientAddress: '2001:db8::1', localAddress: '192.0.2.1' },
    });
  });

  it('takes no address from LOCAL, unknown families and unix sockets', () => {
    const own = { addresses: undefined };
    expect(outcome(v2(0x20, 0xff, Buffer.alloc(3, 9)))).toEqual({ ...own, length: 19 });
    expect(outcome(v2(0x21, 0x00, Buffer.alloc(5, 9)))).toEqual({ ...own, length: 21 });
    expect(outcome(v2(0x21, 0x31, Buffer.alloc(216)))).toEqual({ ...own, length: 232 });
  });

  it.each([
    ['another version', v2(0x11, 0x11, Buffer.alloc(12))],
    ['an unknown command', v2(0x22, 0x11, Buffer.alloc(12))],
    ['datagrams on a stream', v2(0x21, 0x12, Buffer.alloc(12))],
    ['fewer octets than two addresses have', v2(0x21, 0x11, Buffer.alloc(11))],
    [
      'an extension longer than the header',
      v2(0x21, 0x11, Buffer.concat([Buffer.alloc(12), Buffer.of(4, 0, 9, 1)])),
    ],
    ['an IPv6 address called TCP4', Buffer.from('PROXY TCP4 ::1 ::1 1 2\r\n')],
    ['a name for an address', Buffer.from('PROXY TCP4 localhost 127.0.0.1 1 2\r\n')],
    ['a port above 65535', Buffer.from('PROXY TCP4 1.1.1.1 1.1.1.2 65536 2\r\n')],
    ['a port with a leading zero', Buffer.from('PROXY TCP4 1.1.1.1 1.1.1.2 01 2\r\n')],
    ['two spaces', Buffer.from('PROXY TCP4  1.1.1.1 1.1.1.2 1 2\r\n')],
    ['one word more', Buffer.from('PROXY TCP4 1.1.1.1 1.1.1.2 1 2 3\r\n')],
    ['small letters', Buffer.from('PROXY tcp4 1.1.1.1 1.1.1.2 1 2\r\n')],
  ])('refuses %s', (_what, bytes) => {
    expect(outcome(bytes)).toBe('malformed');
  });

  it('refuses what begins otherwise, and what is too long', () => {
    expect(outcome(Buffer.of(22, 3, 1))).toBe('missing');
    expect(outcome(Buffer.from('PROXX'))).toBe('missing');
    expect(outcome(Buffer.from('PROXY '.padEnd(107, 'A')))).toBe('too-large');
    expect(outcome(v2(0x21, 0x11, Buffer.alloc(LONGEST_PROXY_HEADER)))).toBe('too-large');
  });

  it('checks the checksum when there is one', () => {
    // RFC 3720 §B.4.
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a91_36aa);
    const header = v2(
      0x21,
      0x11,
      Buffer.concat([Buffer.alloc(12, 1), Buffer.of(3, 0, 4, 0, 0, 0, 0)]),
    );
    expect(outcome(header)).toBe('malformed');
    header.writeUInt32BE(crc32c(header), header.length - 4);
    expect(outcome(header)).toMatchObject({ length: header.length });
  });

  it('is incomplete at every cut of every header, and the same whatever follows', () => {
    fc.assert(
      fc.property(anyHeader, fc.uint8Array({ maxLength: 20 }), (header, more) => {
        for (let cut = 0; cut < header.length; cut += 1) {
          expect(outcome(header.subarray(0, cut))).toBe('incomplete');
        }
        const whole = outcome(header);
        expect(whole).toMatchObject({ length: header.length });
        expect(outcome(Buffer.concat([header, more]))).toEqual(whole);
      }),
    );
  });

  it('reads back what was written', () => {
    fc.assert(
      fc.property(anyAddresses, anyFacts, (addresses, facts) => {
        expect(outcome(writeProxyHeaderV2(addresses, facts))).toMatchObject({
          addresses: shown(addresses),
        });
      }),
    );
  });

  it('gives a value or one kind of error for any bytes', () => {
    const mangled = fc
      .tuple(anyHeader, fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 5 }))
      .map(([header, changes]) => {
        const bytes = Buffer.from(header);
        for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mangled), (bytes) => {
        const read = outcome(bytes);
        if (typeof read === 'string') return;
        expect((read as { length: number }).length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

describe('isProxyHeader', () => {
  it('knows both versions by their first octets', () => {
    expect(isProxyHeader(writeProxyHeaderV1(V4))).toBe(true);
    expect(isProxyHeader(writeProxyHeaderV2(V4).subarray(0, 8))).toBe(true);
    expect(isProxyHeader(Buffer.from('POST / HTTP/1.1'))).toBe(false);
    expect(isProxyHeader(Buffer.from('PRO'))).toBe(false);
  });
});

describe('writeProxyHeaderV1', () => {
  it('says UNKNOWN for addresses of two families', () => {
    const mixed = { ...V4, localAddress: '2001:db8::1' };
    expect(String(writeProxyHeaderV1(mixed))).toBe('PROXY UNKNOWN\r\n');
  });
});
