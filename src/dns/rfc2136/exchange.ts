/**
 * One DNS message and its reply over TCP (RFC 1035 §4.2.2), bounded in time.
 *
 * @module
 */
import { createConnection, type Socket } from 'node:net';
import type { ServerAddress } from './server-address.ts';

/** Rejects with the system's error, or with the reason of `signal`. */
export async function exchangeMessage(
  { host, port }: ServerAddress,
  message: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Buffer> {
  signal.throwIfAborted();
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const socket = createConnection({ host, port });
  const abort = (): void => {
    socket.destroy(bounded.reason as Error);
  };
  bounded.addEventListener('abort', abort, { once: true });
  try {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    return await readMessage(socket);
  } finally {
    bounded.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function readMessage(socket: Socket): Promise<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2) continue;
    const end = 2 + received.readUInt16BE(0);
    if (received.length >= end) return received.subarray(2, end);
  }
  throw new Error('the server closed the connection before it had answered');
}
