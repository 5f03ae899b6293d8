/**
 * Two connections as one: bytes in both directions, at the pace of the slower side.
 *
 * @module
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { BlockReader } from './block-reader.ts';
import { notePassed } from './passed-memory.ts';
import type { TerminatorLimits } from './settings.ts';

export type RelayLimits = Pick<TerminatorLimits, 'idleMs' | 'halfOpenMs'>;

/**
 * A side that ends its sending half has only that passed on, so both must allow half-open
 * connections. A side that breaks takes the other with it.
 *
 * @param reader reads the upstream, where it was opened with one
 */
export function relay(
  client: Socket,
  upstream: Socket,
  limits: RelayLimits,
  reader?: BlockReader,
): void {
  passBytes(client, upstream);
  if (reader === undefined) passBytes(upstream, client);
  else reader.follow(upstream);
  bind(client, upstream);
  bind(upstream, client);
  limitSilence(client, upstream, limits);
}

function passBytes(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => notePassed(chunk.length));
  from.pipe(to);
}

/** Cuts a client that neither sends nor takes anything, and sooner when one side has ended. */
export function limitSilence(
  client: Socket,
  upstream: Duplex,
  { idleMs, halfOpenMs }: RelayLimits,
): void {
  client.setTimeout(idleMs, () => client.destroy());
  const shorten = (): void => void client.setTimeout(Math.min(idleMs, halfOpenMs));
  client.once('end', shorten);
  upstream.once('end', shorten);
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
