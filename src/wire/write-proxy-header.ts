/**
 * Writes headers of the PROXY protocol, versions 1 and 2.
 *
 * @module
 */
import { isIPv4, isIPv6 } from 'node:net';
import type { ProxyAddresses } from './proxy-header.ts';

/** What version 2 can tell beside the addresses. */
export interface ProxyFacts {
  /** The application protocol that was agreed on. */
  readonly alpn?: string | undefined;
  /** The server name that the client asked for. */
  readonly authority?: string | undefined;
  /** 128 octets at most. */
  readonly uniqueId?: string | undefined;
  /** Absent when the client's TLS was not opened here. */
  readonly tls?: ProxyTlsFacts | undefined;
}

export interface ProxyTlsFacts {
  /** As OpenSSL writes it, e.g. `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  readonly clientCertificate?:
    | { readonly isVerified: boolean; readonly commonName?: string | undefined }
    | undefined;
}

/** `undefined` addresses: the connection is our own, or nothing is known. */
export function writeProxyHeaderV1(addresses: ProxyAddresses | undefined): Buffer {
  const family = addresses === undefined ? undefined : familyOf(addresses);
  if (addresses === undefined || family === undefined) return Buffer.from('PROXY UNKNOWN\r\n');
  const { clientAddress, localAddress, clientPort, localPort } = addresses;
  const name = family === 4 ? 'TCP4' : 'TCP6';
  const line = `PROXY ${name} ${clientAddress} ${localAddress} ${clientPort} ${localPort}\r\n`;
  return Buffer.from(line, 'latin1');
}

export function writeProxyHeaderV2(
  addresses: ProxyAddresses | undefined,
  facts: ProxyFacts = {},
): Buffer {
  const family = addresses === undefined ? undefined : familyOf(addresses);
  const parts: Buffer[] = [];
  if (addresses !== undefined && family !== undefined) parts.push(octetsOf(addresses, family));
  const { alpn, authority, uniqueId, tls } = facts;
  if (alpn !== undefined) parts.push(extension(TYPE.alpn, Buffer.from(alpn, 'latin1')));
  if (authority !== undefined) parts.push(extension(TYPE.authority, Buffer.from(authority)));
  if (uniqueId !== undefined) parts.push(extension(TYPE.uniqueId, Buffer.from(uniqueId)));
  if (tls !== undefined) parts.push(extension(TYPE.tls, tlsValue(tls)));
  const body = Buffer.concat(parts);
  const fixed = Buffer.alloc(4);
  fixed[0] = addresses === undefined ? VERSION_2_LOCAL : VERSION_2_PROXY;
  fixed[1] = family === undefined ? 0 : FAMILY_OCTET[family];
  fixed.writeUInt16BE(body.length, 2);
  return Buffer.concat([SIGNATURE, fixed, body]);
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const VERSION_2_LOCAL = 0x20;
const VERSION_2_PROXY = 0x21;
const FAMILY_OCTET = { 4: 0x11, 6: 0x21 } as const;
const TYPE = { alpn: 0x01, authority: 0x02, uniqueId: 0x05, tls: 0x20 } as const;
const TLS_TYPE = { version: 0x21, commonName: 0x22, cipher: 0x23 } as const;
const CLIENT_HAS_TLS = 0x01;
/** In this connection, and in the session that it may resume. */
const CLIENT_HAS_CERTIFICATE = 0x02 | 0x04;

/** `undefined` when the two are of different families, which no header can say. */
function familyOf({ clientAddress, localAddress }: ProxyAddresses): 4 | 6 | undefined {
  if (isIPv4(clientAddress) && isIPv4(localAddress)) return 4;
  return isIPv6(clientAddress) && isIPv6(localAddress) ? 6 : undefined;
}

function octetsOf(addresses: ProxyAddresses, family: 4 | 6): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(addresses.clientPort, 0);
  ports.writeUInt16BE(addresses.localPort, 2);
  const both = [addresses.clientAddress, addresses.localAddress].map((address) =>
    family === 4 ? ipv4Octets(address) : ipv6Octets(address),
  );
  return Buffer.concat([...both, ports]);
}

function ipv4Octets(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function ipv6Octets(address: string): Buffer {
  const octets = Buffer.alloc(16);
  // A zone, as in fe80::1%eth0, means something on this machine only.
  const [bare = ''] = address.split('%');
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(bare);
  const tail = dotted === null ? undefined : ipv4Octets(dotted[2] ?? '');
  const groups = (
    dotted === null
      ? bare
      : `${dotted[1]}${tail?.toString('hex', 0, 2)}:${tail?.toString('hex', 2)}`
  ).split('::');
  const [front = [], back = []] = groups.map((half) => (half === '' ? [] : half.split(':')));
  for (const [index, group] of front.entries())
    octets.writeUInt16BE(parseInt(group, 16), 2 * index);
  for (const [index, group] of back.entries()) {
    octets.writeUInt16BE(parseInt(group, 16), 16 - 2 * (back.length - index));
  }
  return octets;
}

function tlsValue({ version, cipher, clientCertificate }: ProxyTlsFacts): Buffer {
  const head = Buffer.alloc(5);
  head[0] = CLIENT_HAS_TLS | (clientCertificate === undefined ? 0 : CLIENT_HAS_CERTIFICATE);
  head.writeUInt32BE(clientCertificate?.isVerified === true ? 0 : 1, 1);
  const { commonName } = clientCertificate ?? {};
  return Buffer.concat([
    head,
    extension(TLS_TYPE.version, Buffer.from(version)),
    ...(commonName === undefined ? [] : [extension(TLS_TYPE.commonName, Buffer.from(commonName))]),
    extension(TLS_TYPE.cipher, Buffer.from(cipher)),
  ]);
}

function extension(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head[0] = type;
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}
