/**
 * The server side of a TLS handshake on a connection whose ClientHello was peeked.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

export interface SecureSocketOptions {
  readonly secureContext: SecureContext;
  /** The one protocol to agree on; `undefined` when the client offers none. */
  readonly protocol: string | undefined;
  readonly timeoutMs: number;
}

export interface SecureSocket {
  readonly socket: TLSSocket;
  readonly isResumed: boolean;
}

/**
 * `undefined` when the handshake fails or takes too long; both sockets are then destroyed.
 *
 * Protocol and cipher may be asked of a TLS socket at `secure` only: later, when the client is gone,
 * these accessors crash the process.
 */
export function openSecureSocket(
  raw: Socket,
  options: SecureSocketOptions,
): Promise<SecureSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<SecureSocket | undefined>();
  const { secureContext, protocol, timeoutMs } = options;
  const socket = new TLSSocket(raw, {
    isServer: true,
    secureContext,
    ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
  });
  const giveUp = (): void => {
    clearTimeout(timer);
    socket.destroy();
    raw.destroy();
    resolve(undefined);
  };
  const timer = setTimeout(giveUp, timeoutMs);
  // Stays for the whole life: a client may break off at any time, and nobody else may listen yet.
  socket.on('error', () => socket.destroy());
  socket.once('close', giveUp);
  raw.once('close', () => socket.destroy());
  socket.once('secure', () => {
    clearTimeout(timer);
    socket.off('close', giveUp);
    resolve({ socket, isResumed: socket.isSessionReused() });
  });
  return promise;
}
