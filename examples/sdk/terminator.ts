/**
 * certctl's own terminator in front of a server in the same program:
 * `node -C source examples/sdk/terminator.ts`.
 *
 * @module
 */
import { createServer } from 'node:http';
import { createManager, createTerminator } from 'certctl';
import { name, port, settings } from './settings.ts';

const upstream = createServer((request, response) => {
  response.end(`hello, ${String(request.headers['x-forwarded-for'])}\n`);
});
const upstreamPort = Number(process.env['UPSTREAM_PORT'] ?? 3000);
upstream.listen(upstreamPort, '127.0.0.1');

const manager = await createManager(settings);
await createTerminator(manager, {
  listeners: [{ address: `:${port}` }],
  endpoints: [{ host: name, protocol: 'https', upstream: `http://127.0.0.1:${upstreamPort}` }],
});

await manager.ready();
console.log(`https://${name}:${port}/`);

process.once('SIGTERM', () => {
  upstream.close();
  void manager.close();
});
