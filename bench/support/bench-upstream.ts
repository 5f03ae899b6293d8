/**
 * A program: an HTTP/1.1 upstream that costs next to nothing, so that servers are compared and not
 * what is behind them. Prints its port.
 *
 * @module
 */
import { createServer, type Socket } from 'node:net';

const BLOCK = Buffer.alloc(256 * 1_024);
const SMALL = head(2) + 'ok';
const SMALL_LAST = head(2, 'connection: close\r\n') + 'ok';

function head(length: number, more = ''): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${length}\r\n${more}\r\n`;
}

/** `GET /N` is answered with N mebibytes, any other with two octets. Takes no bodies. */
const server = createServer({ noDelay: true }, (socket) => {
  let received = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    for (;;) {
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = received.slice(0, end);
      received = received.slice(end + 4);
      const isLast = /^connection: *close/im.test(request);
      const [, mebibytes] = /^GET \/(\d+) /.exec(request) ?? [];
      if (mebibytes !== undefined) sendMany(socket, Number(mebibytes) * 1_024 * 1_024);
      else if (isLast) socket.end(SMALL_LAST);
      else socket.write(SMALL);
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`port ${typeof address === 'object' ? address?.port : ''}\n`);
});

function sendMany(socket: Socket, octets: number): void {
  socket.write(head(octets));
  let left = octets;
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      left -= BLOCK.length;
      if (!socket.write(BLOCK)) {
        if (left > 0) socket.once('drain', more);
        return;
      }
    }
  };
  more();
}
