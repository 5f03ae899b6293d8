/**
 * A program: the least that Node can do to terminate TLS by name, without limits, counters or
 * anything else. What it costs is the floor that the runtime sets. Takes port, port of the upstream,
 * and the files of chain and key.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

const [port, upstreamPort, chain = '', key = '', ciphers = ''] = process.argv.slice(2);
const secureContext = createSecureContext({
  cert: readFileSync(chain),
  key: readFileSync(key),
  ciphers,
  honorCipherOrder: true,
});

createServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
  raw.on('error', () => raw.destroy());
  raw.once('readable', () => {
    const hello = raw.read() as Buffer | null;
    if (hello === null) {
      raw.destroy();
      return;
    }
    raw.unshift(hello);
    const socket = new TLSSocket(raw, {
      isServer: true,
      secureContext,
      ALPNProtocols: ['http/1.1'],
    });
    socket.on('error', () => socket.destroy());
    socket.once('secure', () => relay(socket));
  });
}).listen(Number(port), '127.0.0.1');

function relay(client: Socket): void {
  const upstream = connect({ port: Number(upstreamPort), noDelay: true, allowHalfOpen: true });
  upstream.on('error', () => client.destroy());
  client.pipe(upstream);
  upstream.pipe(client);
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroy());
}
