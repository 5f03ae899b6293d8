/**
 * A plain server of node:https: `node -C source examples/sdk/https.ts`.
 *
 * @module
 */
import { createServer } from 'node:https';
import { createManager, sniCallback } from 'certctl';
import { name, port, settings } from './settings.ts';

const manager = await createManager({ ...settings, challenge: 'tls-alpn-01' });
const server = createServer({ SNICallback: sniCallback(manager) }, (_request, response) => {
  response.end('hello\n');
});
manager.answerChallenges(server).listen(port);

await manager.ready();
console.log(`https://${name}:${port}/`);
manager.on('certificate.renewed.v1', ({ names }) => console.log('renewed', names.join(', ')));

process.once('SIGTERM', () => {
  server.close();
  void manager.close();
});
