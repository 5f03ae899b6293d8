/**
 * Opens the connection to an upstream.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { AppError } from '../core/errors.ts';
import type { Upstream } from '../feed/feed.ts';

/** @throws `upstream/unreachable`, also after `timeoutMs`. */
export function dial(upstream: Upstream, timeoutMs: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const { host, port } = upstream;
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  const fail = (cause: unknown): void => {
    clearTimeout(timer);
    const message = `connecting to the upstream ${host}:${port} failed`;
    reject(new AppError('upstream/unreachable', message, { cause, mend: MEND }));
  };
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no connection within ${timeoutMs} ms`));
  }, timeoutMs);
  socket.on('error', fail);
  socket.once('connect', () => {
    clearTimeout(timer);
    resolve(socket);
  });
  return promise;
}

const MEND = 'Start the upstream, or correct the upstream of the endpoint.';
