/**
 * What an upstream is told about a client, before the client's own bytes.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { ProxyVersion } from '../feed/upstream.ts';
import { writeProxyHeaderV1, writeProxyHeaderV2 } from '../wire/write-proxy-header.ts';
import type { ClientConnection } from './client-connection.ts';
import type { TlsFacts } from './tls-facts.ts';

/** A connection on its way to an upstream. */
export interface Passenger {
  readonly client: ClientConnection;
  /** As in the ClientHello. */
  readonly serverName?: string | undefined;
  /** Of TLS that was opened here. */
  readonly tls?: TlsFacts | undefined;
}

export function proxyPreamble(
  version: ProxyVersion | undefined,
  { client, serverName, tls }: Passenger,
): Buffer | undefined {
  if (version === undefined) return undefined;
  if (version === 'v1') return writeProxyHeaderV1(client);
  return writeProxyHeaderV2(client, {
    alpn: tls?.protocol,
    authority: serverName,
    tls: tls && {
      version: `TLSv${tls.version}`,
      cipher: tls.cipher,
      clientCertificate: tls.clientCertificate && {
        isVerified: tls.clientCertificate.isVerified,
        commonName: commonNameOf(tls.clientCertificate.der),
      },
    },
  });
}

function commonNameOf(der: Uint8Array): string | undefined {
  const names: unknown = new X509Certificate(der).toLegacyObject().subject?.CN;
  const name: unknown = Array.isArray(names) ? names[0] : names;
  return typeof name === 'string' ? name : undefined;
}
