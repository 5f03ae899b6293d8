/**
 * The server_name extension of a ClientHello (RFC 6066 §3).
 *
 * @module
 */
import { isIP } from 'node:net';
import { findName } from '../core/names.ts';
import type { Name } from '../core/names.ts';
import { ByteReader } from './byte-reader.ts';
import { clientHelloError } from './client-hello-error.ts';

/**
 * Why a server name that is there cannot be used: an `address` literal, which RFC 6066 §3 forbids
 * and some clients send, or `malformed` text that no certificate could be for.
 */
export type UnusableServerName = 'address' | 'malformed';

export interface ServerName {
  readonly name: Name | undefined;
  readonly unusable: UnusableServerName | undefined;
}

/** @throws `peer/client-hello` when `extension` breaks its own lengths or names two hosts. */
export function readServerName(extension: Uint8Array): ServerName {
  const outer = new ByteReader(extension, malformed);
  const list = new ByteReader(outer.vector16(), malformed);
  outer.expectEnd();
  let hostName: Uint8Array | undefined;
  do {
    const type = list.uint8();
    const value = list.vector16();
    if (type !== HOST_NAME) continue;
    if (hostName !== undefined || value.length === 0) throw malformed();
    hostName = value;
  } while (!list.isAtEnd);
  return hostName === undefined ? { name: undefined, unusable: 'malformed' } : judge(hostName);
}

const HOST_NAME = 0;
const LONGEST_HOST_NAME = 254;

function judge(hostName: Uint8Array): ServerName {
  if (hostName.length > LONGEST_HOST_NAME) return { name: undefined, unusable: 'malformed' };
  const text = Buffer.from(hostName).toString('latin1').toLowerCase();
  if (isIP(text.replace(/^\[|\]$/g, '')) !== 0) return { name: undefined, unusable: 'address' };
  // `findName` is for people and would trim, or translate what is not ASCII.
  const name = /^[a-z0-9.-]+$/.test(text) ? findName(text) : undefined;
  return { name, unusable: name === undefined ? 'malformed' : undefined };
}

function malformed(): Error {
  return clientHelloError('malformed', 'its server_name extension is malformed');
}
