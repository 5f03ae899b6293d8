/**
 * The handshake of a WebSocket over HTTP/1.1 for a client that has another one: by HTTP/2 there is
 * neither key nor answer to it (RFC 8441 §5).
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { type FlatHeaders, valuesOf } from './flat-headers.ts';

export interface WebSocketHandshake {
  readonly headers: FlatHeaders;
  /** What proves that the upstream means a WebSocket. */
  readonly accept: string;
}

/** Some clients send a key all the same, and want its answer. */
export function webSocketHandshake(headers: FlatHeaders): WebSocketHandshake {
  const [given] = valuesOf(headers, KEY_HEADER);
  const key = given ?? randomBytes(KEY_OCTETS).toString('base64');
  return {
    headers: given === undefined ? [...headers, KEY_HEADER, key] : headers,
    accept: createHash('sha1').update(`${key}${GUID}`).digest('base64'),
  };
}

const KEY_HEADER = 'sec-websocket-key';
/** RFC 6455 §1.3 and §4.1. */
const KEY_OCTETS = 16;
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
