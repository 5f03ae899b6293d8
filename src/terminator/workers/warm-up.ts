/**
 * Loads what a library would read from disk at its first use, for workers that will not be allowed
 * to read then.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client } from 'undici';

/**
 * One request to ourselves, for which undici loads and compiles its parser.
 *
 * @param path for a socket of its own
 */
export async function warmUp(path: string): Promise<void> {
  const server = createServer((_request, response) => response.writeHead(204).end());
  server.listen({ path, exclusive: true });
  await once(server, 'listening');
  const client = new Client('http://localhost', { connect: { socketPath: path } });
  try {
    const { body } = await client.request({ path: '/', method: 'GET' });
    await body.dump();
  } finally {
    await client.destroy();
    server.close();
  }
}
