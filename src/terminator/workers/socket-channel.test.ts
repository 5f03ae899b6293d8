import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type SocketChannel, socketChannel } from './socket-channel.ts';

const LONGEST = 1_000;

describe('socketChannel', () => {
  it('delivers in order what was sent at once, whatever the pieces', async () => {
    await using pair = await openPair();
    const sent = Array.from({ length: 50 }, (_, index) => ({ index, text: 'ä\n'.repeat(index) }));
    const { received, all } = collect(pair.channel, sent.length);
    const bytes = Buffer.from(sent.map((message) => `${JSON.stringify(message)}\n`).join(''));
    for (let begin = 0; begin < bytes.length; begin += 37) {
      pair.raw.write(bytes.subarray(begin, begin + 37));
      await new Promise(setImmediate);
    }
    await all;
    expect(received).toEqual(sent);
  });

  it.each([
    ['is longer than its bound', `"${'x'.repeat(LONGEST)}"\n`],
    ['never ends', 'x'.repeat(LONGEST + 1)],
    ['is no JSON', '{"a":\n'],
  ])('closes on a line that %s', async (_what, bytes) => {
    await using pair = await openPair();
    const { received } = collect(pair.channel, 1);
    const closed = new Promise<void>((resolve) => void pair.channel.onClose(resolve));
    pair.raw.write(bytes);
    await closed;
    expect(received).toEqual([]);
    // Late listeners hear of it at once.
    await new Promise<void>((resolve) => void pair.channel.onClose(resolve));
    pair.channel.send('dropped');
  });

  it('closes on a peer that does not read', async () => {
    await using pair = await openPair();
    const closed = new Promise<void>((resolve) => void pair.channel.onClose(resolve));
    pair.raw.pause();
    expect(pair.raw.readableLength).toBe(0);
    const megabyte = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 80; count += 1) pair.channel.send(megabyte);
    await closed;
  });
});

function collect(channel: SocketChannel, count: number) {
  const received: unknown[] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  channel.onMessage((message) => {
    received.push(message);
    if (received.length === count) resolve();
  });
  return { received, all };
}

async function openPair() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  const raw = connect(address.port, '127.0.0.1');
  raw.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  return {
    raw,
    channel: socketChannel(socket, { longestLine: LONGEST }),
    [Symbol.asyncDispose]: async () => {
      raw.destroy();
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
