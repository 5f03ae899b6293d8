import { writeFile } from 'node:fs/promises';
import { type Server, type Socket, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { connectDaemon } from './client.ts';

const { signal } = new AbortController();
const ignore = (): void => {};

describe('connectDaemon', () => {
  it('has nobody behind it where there is no file, or only a plain one', async () => {
    await using directory = await openTempDir();
    expect(await connectDaemon(directory.file('certctl.sock'))).toBeUndefined();
    expect(await connectDaemon(directory.file('x'.repeat(120)))).toBeUndefined();
    await writeFile(directory.file('plain'), '');
    expect(await connectDaemon(directory.file('plain'))).toBeUndefined();
    expect(await connectDaemon(directory.file('plain/certctl.sock'))).toBeUndefined();
  });
});

describe('a daemon that goes away', () => {
  const beginnings: [string, string][] = [
    ['before it answers', ''],
    ['after its headers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'],
    [
      'in the middle of a line',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"progre\r\n',
    ],
    [
      'after some progress',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n34\r\n{"progress":{"step":"stored","message":"certificate"}}\n\r\n',
    ],
    ['after an end without result', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['and was no certctl', 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>'],
  ];
  it.each(beginnings)('%s is reported as such', async (_title, beginning) => {
    await using directory = await openTempDir();
    const socketPath = directory.file('certctl.sock');
    const answer = (socket: Socket): void => {
      socket.on('error', ignore);
      socket.once('data', () => {
        socket.write(beginning, () => setTimeout(() => socket.destroy(), 20));
      });
    };
    await using impostor = await listen(socketPath, answer);
    expect(impostor.listening).toBe(true);
    const client = await connectDaemon(socketPath);
    await expect(client?.list({}, ignore, signal)).rejects.toMatchObject({
      code: 'daemon/unreachable',
      mend: expect.stringContaining('log of the daemon'),
    });
  });
});

async function listen(socketPath: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(socketPath, resolve);
  await promise;
  return server;
}
