/**
 * Gathers the first handshake message of a TLS stream from the records that carry it.
 *
 * @module
 */
import { clientHelloError } from './client-hello-error.ts';

export interface HandshakeMessage {
  /** Without its type and length. */
  readonly body: Uint8Array;
  /** How many octets of the stream carry it, record headers included. */
  readonly length: number;
}

/** The most that a ClientHello may take of the stream, record headers included. */
export const LONGEST_HELLO = 16 * 1024;

/**
 * Looks at record headers only until the message is there whole, so that a call for each arriving
 * octet stays cheap. Faults are found as soon as the octets at fault are there.
 *
 * @throws `peer/client-hello`.
 */
export function gatherClientHello(stream: Uint8Array): HandshakeMessage | 'incomplete' {
  const bytes = stream.subarray(0, LONGEST_HELLO);
  const fragments: Uint8Array[] = [];
  let promised = 0;
  let offset = 0;
  let length: number | undefined;
  while (offset < bytes.length) {
    const fragment = fragmentAt(bytes, offset);
    if (fragment === undefined) break;
    fragments.push(fragment.bytes);
    promised += fragment.length;
    offset += HEADER + fragment.length;

    length ??= messageLength(fragments);
    if (length !== undefined && promised > length) {
      // RFC 8446 §5.1: nothing may follow in the record, keys change after it.
      throw clientHelloError('malformed', 'its record goes on behind it');
    }
    if (length !== undefined && offset + length - promised > LONGEST_HELLO) {
      throw clientHelloError(
        'too-large',
        `its ${length} octets and their record headers are too many`,
      );
    }
    if (fragment.bytes.length < fragment.length) break;
    if (promised === length) {
      return { body: joined(fragments).subarray(MESSAGE_HEADER), length: offset };
    }
    if (fragments.length === MOST_RECORDS) {
      throw clientHelloError('too-many-records', `${MOST_RECORDS} records do not hold it`);
    }
  }
  if (stream.length >= LONGEST_HELLO) {
    throw clientHelloError('too-large', `${LONGEST_HELLO} octets do not hold it`);
  }
  return 'incomplete';
}

const HEADER = 5;
const MESSAGE_HEADER = 4;
const LONGEST_FRAGMENT = 16_384;
const CONTENT_TYPE_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SSL_MAJOR = 3;

/** No known client needs more than a few; a bound keeps the work of each call constant. */
const MOST_RECORDS = 64;

/** As much as is there of the record at `offset`; `undefined` before its header is complete. */
function fragmentAt(
  bytes: Uint8Array,
  offset: number,
): { bytes: Uint8Array; length: number } | undefined {
  const type = bytes[offset];
  const major = bytes[offset + 1];
  if (type !== CONTENT_TYPE_HANDSHAKE || (major !== undefined && major !== SSL_MAJOR)) {
    const what = offset === 0 ? 'the stream does not begin' : 'the message does not go on';
    throw clientHelloError(
      offset === 0 ? 'not-tls' : 'malformed',
      `${what} with a handshake record`,
    );
  }
  const high = bytes[offset + 3];
  const low = bytes[offset + 4];
  if (high === undefined || low === undefined) return undefined;
  const length = high * 256 + low;
  if (length === 0 || length > LONGEST_FRAGMENT) {
    throw clientHelloError('malformed', `a record says that it has ${length} octets`);
  }
  const start = offset + HEADER;
  return { bytes: bytes.subarray(start, start + length), length };
}

/** Type, length and body together; `undefined` before the length is there. */
function messageLength(fragments: readonly Uint8Array[]): number | undefined {
  const [type, high, middle, low] = joined(fragments);
  if (type !== undefined && type !== CLIENT_HELLO) {
    throw clientHelloError('not-client-hello', `the first message has type ${type}`);
  }
  if (high === undefined || middle === undefined || low === undefined) return undefined;
  return MESSAGE_HEADER + high * 65_536 + middle * 256 + low;
}

function joined(fragments: readonly Uint8Array[]): Uint8Array {
  const [first] = fragments;
  return first !== undefined && fragments.length === 1 ? first : Buffer.concat(fragments);
}
