/**
 * What one terminated connection agreed on.
 *
 * @module
 */
import type { TLSSocket } from 'node:tls';
import type { TlsVersion } from '../feed/feed.ts';

export interface TlsFacts {
  readonly version: TlsVersion;
  /** In IANA's words. */
  readonly cipher: string;
  /** The key exchange group; absent where the session was resumed without one, or Node cannot say. */
  readonly group?: string;
  /** By ALPN; absent where the client offered none, or none of ours. */
  readonly protocol?: string;
  /** As in the ClientHello, in lower case. */
  readonly serverName?: string;
  readonly isResumed: boolean;
  readonly clientCertificate?: ClientCertificate;
}

export interface ClientCertificate {
  /** RFC 4514, e.g. `CN=alice,O=Example`. */
  readonly subject: string;
  /** Each with its kind, e.g. `DNS:a.example.com`. */
  readonly sans: readonly string[];
  /** SHA-256, lower-case hexadecimal. */
  readonly fingerprint256: string;
  /** Lower-case hexadecimal. */
  readonly serial: string;
  /** Signed by an authority of the policy, in time, and not revoked. */
  readonly isVerified: boolean;
  readonly der: Uint8Array;
}

/**
 * To be called once, when the handshake is done: on a TLS socket that is destroyed these accessors
 * end the process.
 *
 * @param serverName of the peeked ClientHello: Node loses it when it resumes a TLS 1.2 session
 */
export function readTlsFacts(socket: TLSSocket, serverName: string | undefined): TlsFacts {
  const protocol = socket.alpnProtocol;
  return {
    version: (socket.getProtocol() ?? '').replace('TLSv', '') as TlsVersion,
    cipher: socket.getCipher().standardName,
    ...(typeof protocol === 'string' && protocol !== '' ? { protocol } : {}),
    ...(serverName === undefined ? {} : { serverName }),
    isResumed: socket.isSessionReused(),
  };
}
