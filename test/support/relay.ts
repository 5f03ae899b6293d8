/**
 * A relay of bytes in front of a CA, which can hold them back in either direction.
 *
 * @module
 */
import { type Server, type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Nothing reaches the CA from now on, or nobody hears its answers; `false` ends it. */
  hold(what: 'requests' | 'answers' | false): void;
  /** Ends every connection; new ones are taken. */
  cut(): void;
}

/** Far longer than it takes to see in the log of the CA that a request has arrived. */
const ANSWER_DELAY_MS = 250;

/** Passes on what arrives, answers a little later: time to step in between. */
export async function openRelay(port: number): Promise<Relay> {
  let held: 'requests' | 'answers' | false = false;
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect({ port, host: '127.0.0.1' });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (held !== 'requests') upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      setTimeout(() => {
        if (held !== 'answers') client.write(chunk);
      }, ANSWER_DELAY_MS);
    });
  });
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold(what) {
      held = what;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
