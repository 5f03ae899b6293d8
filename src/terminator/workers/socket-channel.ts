/**
 * A stream socket as a `Channel`: one JSON document a line, of bounded length.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Channel } from '../../feed/channel.ts';

export interface SocketChannel extends Channel {
  close(): void;
}

export interface SocketChannelOptions {
  /** Octets of the longest line that is taken; a longer one closes the channel. */
  readonly longestLine: number;
  /** Called before it closes on what no peer of ours sends. */
  readonly onViolation?: () => void;
}

export function socketChannel(socket: Socket, options: SocketChannelOptions): SocketChannel {
  const { longestLine, onViolation } = options;
  const messageListeners = new Set<(message: unknown) => void>();
  const closeListeners = new Set<() => void>();
  let parts: Buffer[] = [];
  let length = 0;

  const refuse = (): void => {
    onViolation?.();
    socket.destroy();
  };
  const receive = (line: Buffer): void => {
    const message = parse(line);
    if (message === undefined) {
      refuse();
      return;
    }
    for (const listener of messageListeners) listener(message);
  };
  socket.on('data', (chunk: Buffer) => {
    let begin = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, begin);
      const part = chunk.subarray(begin, end === -1 ? chunk.length : end);
      length += part.length;
      if (length > longestLine) refuse();
      if (socket.destroyed) return;
      parts.push(part);
      if (end === -1) return;
      const line = Buffer.concat(parts);
      [parts, length, begin] = [[], 0, end + 1];
      receive(line);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.destroy());
  socket.once('close', () => {
    for (const listener of closeListeners) listener();
    closeListeners.clear();
  });

  return {
    send: (message) => {
      if (!socket.writable) return;
      socket.write(`${JSON.stringify(message)}\n`);
      // Who asks and does not read the answers must not fill our memory with them.
      if (socket.writableLength > MOST_UNREAD) refuse();
    },
    onMessage: (listener) => {
      messageListeners.add(listener);
      return () => void messageListeners.delete(listener);
    },
    onClose: (listener) => {
      if (socket.closed) {
        listener();
        return () => {};
      }
      closeListeners.add(listener);
      return () => void closeListeners.delete(listener);
    },
    close: () => void socket.destroy(),
  };
}

const NEWLINE = 0x0a;
const MOST_UNREAD = 64 * 1024 * 1024;

/** `undefined` for what is not JSON. */
function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString()) as unknown;
  } catch {
    return undefined;
  }
}
