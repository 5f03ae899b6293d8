/**
 * The server side of a TLS handshake on a connection whose ClientHello was peeked.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { readTlsFacts, type TlsFacts } from './tls-facts.ts';

export interface SecureSocketOptions {
  readonly secureContext: SecureContext;
  /** The one protocol to agree on; `undefined` when the client offers none. */
  readonly protocol: string | undefined;
  /** As in the ClientHello. */
  readonly serverName: string | undefined;
  readonly timeoutMs: number;
}

export interface SecureSocket {
  readonly socket: TLSSocket;
  readonly facts: TlsFacts;
}

/** `undefined` when the handshake fails or takes too long; both sockets are then destroyed. */
export function openSecureSocket(
  raw: Socket,
  options: SecureSocketOptions,
): Promise<SecureSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<SecureSocket | undefined>();
  const { secureContext, protocol, serverName, timeoutMs } = options;
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
    resolve({ socket, facts: readTlsFacts(socket, serverName) });
  });
  return promise;
}
