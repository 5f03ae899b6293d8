/**
 * What one terminated connection agreed on.
 *
 * @module
 */
import type { TLSSocket } from 'node:tls';
import type { ClientCertificatePolicy, TlsVersion } from '../feed/feed.ts';
import type { Group } from '../observe/counts.ts';
import { type ClientCertificate, findClientCertificate } from './client-certificate.ts';
import { findGroup } from './key-exchange-group.ts';

export interface TlsFacts {
  readonly version: TlsVersion;
  /** In IANA's words. */
  readonly cipher: string;
  /** Of the key exchange; that of the session, when TLS 1.2 resumes it. */
  readonly group: Group;
  /** By ALPN; absent where the client offered none, or none of ours. */
  readonly protocol?: string;
  /** As in the ClientHello, in lower case. */
  readonly serverName?: string;
  readonly isResumed: boolean;
  readonly clientCertificate?: ClientCertificate;
}

export interface FactsContext {
  /** Of the peeked ClientHello: Node loses it when it resumes a TLS 1.2 session. */
  readonly serverName: string | undefined;
  readonly clientCertificates: ClientCertificatePolicy | undefined;
  readonly now: number;
}

/**
 * To be called once, when the handshake is done: on a TLS socket that is destroyed these accessors
 * end the process.
 */
export function readTlsFacts(
  socket: TLSSocket,
  { serverName, clientCertificates, now }: FactsContext,
): TlsFacts {
  const protocol = socket.alpnProtocol;
  const clientCertificate = findClientCertificate(socket, clientCertificates, now);
  return {
    version: (socket.getProtocol() ?? '').replace('TLSv', '') as TlsVersion,
    cipher: socket.getCipher().standardName,
    group: findGroup(socket.getSession()),
    ...(typeof protocol === 'string' && protocol !== '' ? { protocol } : {}),
    ...(serverName === undefined ? {} : { serverName }),
    isResumed: socket.isSessionReused(),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}
