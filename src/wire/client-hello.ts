/**
 * Reads what a TLS client says first, before any of it can be trusted (RFC 8446 §4.1.2).
 *
 * @module
 */
import type { Name } from '../core/names.ts';
import { ByteReader } from './byte-reader.ts';
import { clientHelloError } from './client-hello-error.ts';
import { gatherClientHello } from './handshake-message.ts';
import { readServerName } from './server-name.ts';
import type { UnusableServerName } from './server-name.ts';

/** Numbers are as IANA assigns them, in the client's order; GREASE (RFC 8701) is left out. */
export interface ClientHello {
  /** Lower-case and without trailing dot. `undefined` also for a name that cannot be used. */
  readonly serverName: Name | undefined;
  /** Set when the client did send a server name: it is then not one "without server name". */
  readonly unusableServerName: UnusableServerName | undefined;
  /** One character an octet, as the protocol names are octets, not text. */
  readonly alpnProtocols: readonly string[];
  /** Without the extension just the one version that the client calls its highest. */
  readonly supportedVersions: readonly number[];
  readonly cipherSuites: readonly number[];
  /** Empty when the client sends none, as old TLS 1.2 clients do. */
  readonly signatureSchemes: readonly number[];
  /** Sessions that the client wants to resume, as it got them: tickets or other identities. */
  readonly sessionTickets: readonly Uint8Array[];
  /** How many octets of the stream it takes, record headers included. */
  readonly length: number;
}

/**
 * `bytes` is the stream from its beginning. While the answer is `incomplete`, call again with more;
 * at `LONGEST_HELLO` octets that answer ends in an error.
 *
 * @throws `peer/client-hello` with a `ClientHelloFault` as `context.reason`.
 */
export function readClientHello(bytes: Uint8Array): ClientHello | 'incomplete' {
  const message = gatherClientHello(bytes);
  if (message === 'incomplete') return message;

  const body = new ByteReader(message.body, malformed);
  const legacyVersion = body.uint16();
  body.take(RANDOM_OCTETS);
  if (body.vector8().length > LONGEST_SESSION_ID) throw malformed();
  const cipherSuites = numbers(body.vector16());
  if (body.vector8().length === 0) throw malformed();
  const extensions = readExtensions(body);

  const serverName = extensions.get(EXTENSION.server_name);
  const { name, unusable } = serverName === undefined ? NO_SERVER_NAME : readServerName(serverName);
  const versions = extensions.get(EXTENSION.supported_versions);
  const schemes = extensions.get(EXTENSION.signature_algorithms);
  const protocols = extensions.get(EXTENSION.application_layer_protocol_negotiation);
  return {
    serverName: name,
    unusableServerName: unusable,
    alpnProtocols: protocols === undefined ? [] : readProtocols(protocols),
    supportedVersions:
      versions === undefined ? [legacyVersion] : numbers(only(versions, 'vector8')),
    cipherSuites,
    signatureSchemes: schemes === undefined ? [] : numbers(only(schemes, 'vector16')),
    sessionTickets: readTickets(extensions),
    length: message.length,
  };
}

const EXTENSION = {
  server_name: 0,
  signature_algorithms: 13,
  application_layer_protocol_negotiation: 16,
  session_ticket: 35,
  pre_shared_key: 41,
  supported_versions: 43,
} as const;

const RANDOM_OCTETS = 32;
const LONGEST_SESSION_ID = 32;
const NO_SERVER_NAME = { name: undefined, unusable: undefined };

/** The extensions by type. A TLS 1.2 client may leave out the whole block (RFC 5246 §7.4.1.2). */
function readExtensions(body: ByteReader): Map<number, Uint8Array> {
  const extensions = new Map<number, Uint8Array>();
  if (body.isAtEnd) return extensions;
  const block = new ByteReader(body.vector16(), malformed);
  body.expectEnd();
  while (!block.isAtEnd) {
    const type = block.uint16();
    // RFC 8446 §4.2: of two server names, we and the TLS library could read different ones.
    if (extensions.has(type)) {
      throw clientHelloError('duplicate-extension', `it has extension ${type} more than once`);
    }
    extensions.set(type, block.vector16());
  }
  return extensions;
}

/** RFC 5077 §3.2, where the extension alone says that tickets are welcome, and RFC 8446 §4.2.11. */
function readTickets(extensions: ReadonlyMap<number, Uint8Array>): Uint8Array[] {
  const tickets: Uint8Array[] = [];
  const ticket = extensions.get(EXTENSION.session_ticket);
  if (ticket !== undefined && ticket.length > 0) tickets.push(new Uint8Array(ticket));
  const keys = extensions.get(EXTENSION.pre_shared_key);
  if (keys === undefined) return tickets;
  const offer = new ByteReader(keys, malformed);
  const identities = new ByteReader(offer.vector16(), malformed);
  do {
    const identity = identities.vector16();
    if (identity.length === 0) throw malformed();
    identities.take(TICKET_AGE_OCTETS);
    tickets.push(new Uint8Array(identity));
  } while (!identities.isAtEnd);
  return tickets;
}

const TICKET_AGE_OCTETS = 4;

function readProtocols(extension: Uint8Array): string[] {
  const list = new ByteReader(only(extension, 'vector16'), malformed);
  const protocols: string[] = [];
  do {
    const protocol = list.vector8();
    if (protocol.length === 0) throw malformed();
    protocols.push(Buffer.from(protocol).toString('latin1'));
  } while (!list.isAtEnd);
  return protocols;
}

/** The content of an extension that is one vector and nothing else. */
function only(extension: Uint8Array, vector: 'vector8' | 'vector16'): Uint8Array {
  const reader = new ByteReader(extension, malformed);
  const content = reader[vector]();
  reader.expectEnd();
  return content;
}

/** A list of 16-bit numbers, at least one. */
function numbers(list: Uint8Array): number[] {
  const reader = new ByteReader(list, malformed);
  const found: number[] = [];
  do {
    const number = reader.uint16();
    if (!isGrease(number)) found.push(number);
  } while (!reader.isAtEnd);
  return found;
}

/** RFC 8701 §2: 0x0a0a, 0x1a1a, … 0xfafa, sent so that servers learn to ignore the unknown. */
function isGrease(number: number): boolean {
  return (number & 0x0f0f) === 0x0a0a && number >>> 8 === (number & 0xff);
}

function malformed(): Error {
  return clientHelloError('malformed', 'a length in it does not fit');
}
