/**
 * Middleware for http-01 on the port of plain HTTP, which redirects everything else:
 * `HTTP_PORT=8080 node -C source examples/sdk/http-01.ts`.
 *
 * @module
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { createManager, sniCallback } from 'certctl';
import express from 'express';
import { name, port, settings } from './settings.ts';

const manager = await createManager({ ...settings, challenge: 'http-01' });

const plain = express();
plain.use(manager.challengeHandler);
plain.use((request, response) =>
  response.redirect(308, `https://${request.hostname}${request.url}`),
);
const httpServer = createHttpServer(plain).listen(Number(process.env['HTTP_PORT'] ?? 8080));

const app = express();
app.get('/', (_request, response) => void response.send('hello\n'));
const server = createServer({ SNICallback: sniCallback(manager) }, app).listen(port);

await manager.ready();
console.log(`https://${name}:${port}/`);

process.once('SIGTERM', () => {
  httpServer.close();
  server.close();
  void manager.close();
});
