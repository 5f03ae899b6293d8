/**
 * A program that says which names may have a certificate, as an operator would run it.
 *
 * @module
 */
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PermissionServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly { readonly domain: string; readonly client: string | undefined }[];
  /** Takes the server away, and brings it back at the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Answers 200 to names that `allows`, 404 to others. */
export async function startPermissionServer(
  allows: (domain: string) => boolean,
): Promise<PermissionServer> {
  const asked: { domain: string; client: string | undefined }[] = [];
  let server: Server;
  let port = 0;
  const start = async (): Promise<void> => {
    server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://permission.example');
      const domain = searchParams.get('domain') ?? '';
      const client = request.headers['certctl-client-address'];
      asked.push({ domain, client: typeof client === 'string' ? client : undefined });
      response.writeHead(allows(domain) ? 200 : 404).end();
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}/ask`,
    asked,
    stop,
    start,
    async [Symbol.asyncDispose]() {
      if (server.listening) await stop();
    },
  };
}
