/**
 * HTTP spoken plainly: raw bytes to a terminator, and an upstream that writes down what it gets.
 *
 * @module
 */
import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { HOST } from './terminator.ts';
import { startTcp, type Upstream } from './upstreams.ts';

export async function connectHttp1(port: number, servername: string): Promise<TLSSocket> {
  const socket = connectTls({
    host: HOST,
    port,
    servername,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** Sends `bytes` and gives what comes back until the connection ends or is silent for a while. */
export async function exchangeBytes(
  port: number,
  servername: string,
  bytes: string,
): Promise<string> {
  const socket = await connectHttp1(port, servername);
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return text;
}

const SILENCE_MS = 400;

/** Answers each read with one empty 200, and keeps all bytes of all connections. */
export async function startRecorder(): Promise<Upstream & { readonly received: () => string }> {
  let received = '';
  const upstream = await startTcp((socket) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    });
    socket.on('end', () => socket.end());
  });
  return { ...upstream, received: () => received };
}
