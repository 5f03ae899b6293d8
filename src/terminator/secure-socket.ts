/**
 * The server side of a TLS handshake on a connection whose ClientHello was peeked.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { ClientCertificatePolicy } from '../feed/feed.ts';
import type { Refusal } from '../observe/counts.ts';
import { satisfies } from './client-certificate.ts';
import { readTlsFacts, type TlsFacts } from './tls-facts.ts';

export interface SecureSocketOptions {
  readonly secureContext: SecureContext;
  /** The one protocol to agree on; `undefined` when the client offers none. */
  readonly protocol: string | undefined;
  /** As in the ClientHello. */
  readonly serverName: string | undefined;
  readonly clientCertificates?: ClientCertificatePolicy | undefined;
  readonly now: number;
  readonly timeoutMs: number;
  /** Called in the very moment, before the socket can read anything. */
  readonly onSecure?: (secured: SecureSocket) => void;
}

export interface SecureSocket {
  readonly socket: TLSSocket;
  readonly facts: TlsFacts;
}

export type HandshakeFailure = Extract<
  Refusal,
  'handshake-failed' | 'handshake-timeout' | 'client-certificate'
>;

/**
 * Why not, when the handshake fails or takes too long, or the client's certificate is not what
 * the policy wants; both sockets are then destroyed.
 */
export function openSecureSocket(
  raw: Socket,
  options: SecureSocketOptions,
): Promise<SecureSocket | HandshakeFailure> {
  const { promise, resolve, reject } = Promise.withResolvers<SecureSocket | HandshakeFailure>();
  const { secureContext, protocol, clientCertificates, timeoutMs } = options;
  const socket = new TLSSocket(raw, {
    isServer: true,
    secureContext,
    ...(clientCertificates === undefined
      ? {}
      : // Only lets OpenSSL refuse clients without any; what they show is judged below.
        { requestCert: true, rejectUnauthorized: clientCertificates.mode !== 'request' }),
    ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
  });
  const giveUp = (failure: HandshakeFailure): void => {
    clearTimeout(timer);
    socket.destroy();
    raw.destroy();
    resolve(failure);
  };
  const onClose = (): void => giveUp('handshake-failed');
  const timer = setTimeout(() => giveUp('handshake-timeout'), timeoutMs);
  // Stays for the whole life: a client may break off at any time, and nobody else may listen yet.
  socket.on('error', () => socket.destroy());
  socket.once('close', onClose);
  // Half of a handshake leads nowhere, although connections may be half-open later.
  socket.once('end', onClose);
  raw.once('close', () => socket.destroy());
  socket.once('secure', () => {
    clearTimeout(timer);
    socket.off('close', onClose);
    socket.off('end', onClose);
    try {
      const facts = readTlsFacts(socket, { ...options, clientCertificates });
      if (satisfies(facts.clientCertificate, clientCertificates)) {
        options.onSecure?.({ socket, facts });
        resolve({ socket, facts });
      } else {
        giveUp('client-certificate');
      }
    } catch (thrown) {
      reject(thrown);
      onClose();
    }
  });
  return promise;
}
