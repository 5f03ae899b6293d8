/**
 * A program: what the usual load generators cannot do. `resume PORT SECONDS` makes handshakes with
 * one session, each with one request, and counts those that were resumed; `idle PORT COUNT` opens
 * connections, says so, and keeps them until it is ended.
 *
 * @module
 */
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

const AT_ONCE = 8;
const HOST = 'localhost';
const REQUEST = `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`;

const [what, portText, amountText] = process.argv.slice(2);
const port = Number(portText);
const amount = Number(amountText);
if (what === 'resume') await resume();
else await idle();

async function resume(): Promise<void> {
  let session: Buffer | undefined;
  const first = open();
  first.on('session', (offered: Buffer) => (session ??= offered));
  await requestOn(first);
  const end = performance.now() + amount * 1_000;
  let resumed = 0;
  let full = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (performance.now() < end) {
        const socket = open(session);
        await requestOn(socket, () => {
          if (socket.isSessionReused()) resumed += 1;
          else full += 1;
        });
      }
    }),
  );
  process.stdout.write(`${JSON.stringify({ resumed, full })}\n`);
}

async function idle(): Promise<void> {
  for (let count = 0; count < amount; count += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, () => open());
    await Promise.all(some.map((socket) => once(socket, 'secureConnect')));
  }
  // The open sockets keep this process.
  process.stdout.write('open\n');
}

function open(session?: Buffer): TLSSocket {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: HOST,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    ...(session === undefined ? {} : { session }),
  });
  socket.on('error', (error) => {
    throw error;
  });
  return socket;
}

async function requestOn(socket: TLSSocket, onSecure?: () => void): Promise<void> {
  await once(socket, 'secureConnect');
  onSecure?.();
  socket.write(REQUEST);
  await once(socket, 'data');
  socket.destroy();
}
