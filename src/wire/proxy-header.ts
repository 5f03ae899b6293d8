/**
 * Reads the header of the PROXY protocol, versions 1 and 2, before any of it can be trusted.
 *
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';
import { AppError } from '../core/errors.ts';
import { canonicalAddress } from '../core/networks.ts';
import { ByteReader } from './byte-reader.ts';
import { crc32c } from './crc32c.ts';

export interface ProxyAddresses {
  readonly clientAddress: string;
  readonly clientPort: number;
  /** Where the client connected to. */
  readonly localAddress: string;
  readonly localPort: number;
}

export interface ProxyHeader {
  /** `undefined` when the proxy speaks for itself or does not know: then the socket's own hold. */
  readonly addresses: ProxyAddresses | undefined;
  /** How many octets of the stream it takes. */
  readonly length: number;
}

export type ProxyHeaderFault =
  /** The stream begins with something else. */
  | 'missing'
  | 'too-large'
  | 'malformed'
  /** The stream ended or stood still in the middle of it. */
  | 'cut-off'
  /** The stream ended before its first octet, as health checks of load balancers do. */
  | 'absent';

/** Version 1: 107 octets with their line end. The limit for version 2 is ours. */
const LONGEST_V1 = 107;
export const LONGEST_PROXY_HEADER = 4_096;

/**
 * `bytes` is the stream from its beginning; while the answer is `incomplete`, call again with more.
 * The answer does not depend on how the stream is cut.
 *
 * @throws `peer/proxy-header` with a `ProxyHeaderFault` as `context.reason`.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader | 'incomplete' {
  if (startsAlike(bytes, V2_SIGNATURE)) {
    return bytes.length < V2_FIXED_OCTETS ? 'incomplete' : readV2(bytes);
  }
  if (startsAlike(bytes, V1_SIGNATURE)) return readV1(bytes);
  throw proxyHeaderError('missing', 'the stream begins with something else');
}

/** True for bytes that are the beginning of a header, or begin with one. */
export function isProxyHeader(bytes: Uint8Array): boolean {
  const isLong = bytes.length >= V1_SIGNATURE.length;
  return isLong && (startsAlike(bytes, V2_SIGNATURE) || startsAlike(bytes, V1_SIGNATURE));
}

export function proxyHeaderError(reason: ProxyHeaderFault, detail: string): AppError {
  return new AppError('peer/proxy-header', `reading a PROXY protocol header: ${detail}`, {
    mend: 'Let the proxy send the header, or take its address out of proxyProtocol.from.',
    context: { reason },
  });
}

const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_FIXED_OCTETS = 16;

/** As far as there is something to compare. */
function startsAlike(bytes: Uint8Array, signature: Uint8Array): boolean {
  const count = Math.min(bytes.length, signature.length);
  for (let index = 0; index < count; index += 1) {
    if (bytes[index] !== signature[index]) return false;
  }
  return true;
}

function readV1(bytes: Uint8Array): ProxyHeader | 'incomplete' {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LONGEST_V1));
  const end = head.indexOf('\r\n');
  if (end === -1) {
    if (bytes.length >= LONGEST_V1) throw tooLarge();
    return 'incomplete';
  }
  const length = end + 2;
  const line = head.toString('latin1', V1_SIGNATURE.length, end);
  // Whatever follows UNKNOWN up to the line end is to be ignored.
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN ')) return { addresses: undefined, length };
  const [family, clientAddress = '', localAddress = '', clientPort, localPort, ...more] =
    line.split(' ');
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false;
  if (more.length > 0 || !isAddress(clientAddress) || !isAddress(localAddress)) throw malformed();
  return {
    addresses: {
      clientAddress: canonicalAddress(clientAddress),
      clientPort: readPort(clientPort),
      localAddress: canonicalAddress(localAddress),
      localPort: readPort(localPort),
    },
    length,
  };
}

function readPort(text = ''): number {
  if (!/^(?:0|[1-9]\d{0,4})$/.test(text) || Number(text) > 65_535) throw malformed();
  return Number(text);
}

const VERSION_2 = 2;
const COMMAND = { local: 0, proxy: 1 } as const;
/** Address family and transport in one octet. */
const FAMILY = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21, unixStream: 0x31 } as const;
const UNIX_ADDRESS_OCTETS = 216;
const TYPE_CRC32C = 0x03;

function readV2(bytes: Uint8Array): ProxyHeader | 'incomplete' {
  const fixed = new ByteReader(bytes.subarray(V2_SIGNATURE.length, V2_FIXED_OCTETS), malformed);
  const versionAndCommand = fixed.uint8();
  const family = fixed.uint8();
  const length = V2_FIXED_OCTETS + fixed.uint16();
  if (versionAndCommand >>> 4 !== VERSION_2) throw malformed();
  if (length > LONGEST_PROXY_HEADER) throw tooLarge();
  if (bytes.length < length) return 'incomplete';

  const body = new ByteReader(bytes.subarray(V2_FIXED_OCTETS, length), malformed);
  switch (versionAndCommand & 0x0f) {
    case COMMAND.local:
      // The rest is to be ignored, whatever it is.
      return { addresses: undefined, length };
    case COMMAND.proxy:
      break;
    default:
      throw malformed();
  }
  const addresses = readAddresses(family, body);
  if (family !== FAMILY.unspecified) checkExtensions(bytes.subarray(0, length), body);
  return { addresses, length };
}

function readAddresses(family: number, body: ByteReader): ProxyAddresses | undefined {
  switch (family) {
    case FAMILY.unspecified:
      return undefined;
    case FAMILY.unixStream:
      body.take(UNIX_ADDRESS_OCTETS);
      return undefined;
    case FAMILY.tcp4:
    case FAMILY.tcp6: {
      const octets = family === FAMILY.tcp4 ? 4 : 16;
      const [clientAddress, localAddress] = [textOf(body.take(octets)), textOf(body.take(octets))];
      const [clientPort, localPort] = [body.uint16(), body.uint16()];
      return { clientAddress, clientPort, localAddress, localPort };
    }
    default:
      throw malformed();
  }
}

function checkExtensions(header: Uint8Array, body: ByteReader): void {
  while (!body.isAtEnd) {
    const type = body.uint8();
    const value = body.vector16();
    if (type !== TYPE_CRC32C) continue;
    if (value.length !== 4) throw malformed();
    const said = Buffer.from(value).readUInt32BE();
    const zeroed = Buffer.from(header);
    zeroed.fill(0, value.byteOffset - header.byteOffset, value.byteOffset - header.byteOffset + 4);
    if (crc32c(zeroed) !== said) throw proxyHeaderError('malformed', 'its checksum is wrong');
  }
}

function textOf(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Buffer.from(octets).toString('hex').match(/.{4}/g) ?? [];
  return canonicalAddress(groups.join(':'));
}

function malformed(): AppError {
  return proxyHeaderError('malformed', 'it does not follow its own format');
}

function tooLarge(): AppError {
  return proxyHeaderError('too-large', 'it is longer than allowed');
}
