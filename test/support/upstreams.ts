/**
 * Upstreams for the terminator on free loopback ports.
 *
 * @module
 */
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server as HttpServer,
} from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Credential } from '../../src/feed/feed.ts';
import { HOST } from './terminator.ts';

export interface Upstream extends AsyncDisposable {
  readonly port: number;
}

/** Answers with what `onConnection` writes; without it, with the bytes that it got. */
export function startTcp(onConnection?: (socket: Socket) => void): Promise<Upstream> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    if (onConnection === undefined) socket.pipe(socket);
    else onConnection(socket);
  });
  return listen(server);
}

/** Writes `greeting` and closes. */
export function startTls(credential: Credential, greeting: string): Promise<Upstream> {
  const { chainPem: cert, privateKeyPem: key } = credential;
  const server = createTlsServer({ cert, key, ALPNProtocols: ['special'] }, (socket) => {
    socket.on('error', () => {});
    socket.end(greeting);
  });
  return listen(server);
}

export function startHttp(
  onRequest: RequestListener,
  prepare: (server: HttpServer) => void = () => {},
): Promise<Upstream> {
  const server = createHttpServer(onRequest);
  prepare(server);
  return listen(server);
}

async function listen(server: Server): Promise<Upstream> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP listener');
  return {
    port: address.port,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
