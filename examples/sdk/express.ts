/**
 * An Express application: `node -C source examples/sdk/express.ts`.
 *
 * @module
 */
import { createServer } from 'node:https';
import { createManager, sniCallback } from 'certctl';
import express from 'express';
import { name, port, settings } from './settings.ts';

const app = express();
app.get('/', (_request, response) => void response.send('hello from express\n'));

const manager = await createManager({ ...settings, challenge: 'tls-alpn-01' });
const server = createServer({ SNICallback: sniCallback(manager) }, app);
manager.answerChallenges(server).listen(port);

await manager.ready();
console.log(`https://${name}:${port}/`);

process.once('SIGTERM', () => {
  server.close();
  void manager.close();
});
