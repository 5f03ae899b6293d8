/**
 * What all attacks are made of: where to send, chance from one seed, and sockets that never throw.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../src/core/clock.ts';

export const ADDRESS = '127.0.0.1';

export interface Target {
  readonly tlsPort: number;
  /** Without TLS. */
  readonly httpPort: number;
  /** Where TLS comes behind a PROXY header. */
  readonly proxyPort: number;
  /** Terminated, and echoed by a TCP upstream. */
  readonly streamName: string;
  /** Terminated, and answered by an HTTP upstream that has something small at / and much at /big. */
  readonly webName: string;
}

export interface Attack {
  readonly name: string;
  /** Ends within seconds, with all its connections. */
  run(target: Target, random: Random): Promise<void>;
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)] as T;
}

export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(random, 256)));
}

/** Runs `count` of them, some at a time. */
export async function many(
  count: number,
  atOnce: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await task(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

let sources = 0;

/** One address has too few ports for so many connections, which block theirs for a while when closed. */
function nextSource(): string {
  sources = (sources + 1) % SOURCES;
  return `127.1.1.${sources + 1}`;
}

const SOURCES = 200;

/** As `once` of Node, but an error is nothing that is waited for. */
function happening(socket: Socket, event: 'connect' | 'secureConnect' | 'close'): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

/** Resolves also when the connection was refused; the socket is then closed. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: ADDRESS, localAddress: nextSource(), noDelay: true });
  socket.on('error', () => {});
  await Promise.race([happening(socket, 'connect'), happening(socket, 'close')]);
  return socket;
}

/** Resolves also when the handshake fails; the socket is then closed. */
export async function openTls(
  port: number,
  servername: string,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const source = { host: ADDRESS, localAddress: nextSource() };
  const socket = connectTls({
    ...source,
    port,
    servername,
    rejectUnauthorized: false,
    ...options,
  });
  socket.on('error', () => {});
  await Promise.race([happening(socket, 'secureConnect'), happening(socket, 'close')]);
  return socket;
}

export const LEAVINGS = ['end', 'reset', 'destroy'] as const;
export type Leaving = (typeof LEAVINGS)[number];

/** Until the connection is closed, which after `ms` is done from here. */
export async function leave(socket: Socket, how: Leaving, ms = 2_000): Promise<void> {
  if (socket.closed) return;
  const closed = happening(socket, 'close');
  socket.resume();
  if (how === 'end') {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), ms);
    await closed;
    clearTimeout(timer);
    return;
  }
  if (how === 'reset' && !('encrypted' in socket)) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
}

/** Until the other side closes, at most so long. */
export async function linger(socket: Socket, ms: number): Promise<void> {
  socket.resume();
  if (!socket.closed) await Promise.race([happening(socket, 'close'), wait(ms)]);
  socket.destroy();
}
