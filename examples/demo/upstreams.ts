/**
 * What the demo serves: two small HTTP servers that know nothing of TLS.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Upstream {
  readonly port: number;
  close(): void;
}

/** Behind an https endpoint: the terminator speaks HTTP to it and says who the client is. */
export function startHttpUpstream(): Promise<Upstream> {
  return start((request, response) => {
    const proto = String(request.headers['x-forwarded-proto']);
    response.end(`hello from the http upstream, you came by ${proto} to ${request.headers.host}\n`);
  });
}

/** Behind a tls endpoint: it gets the opened bytes as they are. */
export function startTcpUpstream(): Promise<Upstream> {
  return start((request, response) => {
    response.end(`hello from the tcp upstream, you asked for ${request.headers.host}\n`);
  });
}

async function start(listener: RequestListener): Promise<Upstream> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
