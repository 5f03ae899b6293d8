/**
 * Who is at the other end of a connection, as everything that is told to others has it.
 *
 * @module
 */
import type { Socket } from 'node:net';

/** The addresses that a PROXY protocol header gave, where there was one; else those of the socket. */
export interface ClientConnection {
  /** An IPv4 address is never in its IPv6 form. */
  readonly clientAddress: string;
  readonly clientPort: number;
  /** Where the client connected to. */
  readonly localAddress: string;
  readonly localPort: number;
}

/** `undefined` when the client is gone already; its address is then, too. */
export function findClientConnection(
  raw: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>,
): ClientConnection | undefined {
  const { remoteAddress, remotePort = 0, localAddress = '', localPort = 0 } = raw;
  if (remoteAddress === undefined) return undefined;
  return {
    clientAddress: unmapped(remoteAddress),
    clientPort: remotePort,
    localAddress: unmapped(localAddress),
    localPort,
  };
}

/** A socket for both families shows IPv4 clients as ::ffff:a.b.c.d. */
function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
