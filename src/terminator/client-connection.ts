/**
 * Who is at the other end of a connection, as everything that is told to others has it.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { plainAddress } from '../core/networks.ts';

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
    clientAddress: plainAddress(remoteAddress),
    clientPort: remotePort,
    localAddress: plainAddress(localAddress),
    localPort,
  };
}
