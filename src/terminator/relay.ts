/**
 * Two connections as one: bytes in both directions, at the pace of the slower side.
 *
 * @module
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * A side that ends its sending half has only that passed on, so both must allow half-open
 * connections. A side that breaks takes the other with it.
 */
export function relay(client: Socket, upstream: Socket, idleMs: number): void {
  client.setTimeout(idleMs, () => client.destroy());
  client.pipe(upstream);
  upstream.pipe(client);
  bind(client, upstream);
  bind(upstream, client);
}

/** Passes the end of `from` that is not a clean one on to `to`. */
export function bind(from: Duplex, to: Duplex): void {
  from.on('error', () => breakOff(to));
  from.on('close', () => {
    if (!from.readableEnded || !from.writableFinished) breakOff(to);
  });
}

/** A reset tells the other side that the data is not complete, where its protocol cannot. */
function breakOff(stream: Duplex): void {
  try {
    if (stream instanceof Socket) stream.resetAndDestroy();
    else stream.destroy();
  } catch {
    // Only TCP knows resets: TLS and Unix sockets throw.
    stream.destroy();
  }
}
