/**
 * A Fastify application over HTTP/2 and HTTP/1.1: `node -C source examples/sdk/fastify.ts`.
 *
 * @module
 */
import { createManager, sniCallback } from 'certctl';
import fastify from 'fastify';
import { name, port, settings } from './settings.ts';

const manager = await createManager({ ...settings, challenge: 'tls-alpn-01' });
const SNICallback = sniCallback(manager);
const app = fastify({ http2: true, https: { allowHTTP1: true, SNICallback } });
app.get('/', () => 'hello from fastify\n');
manager.answerChallenges(app.server);
await app.listen({ port, host: '::' });

await manager.ready();
console.log(`https://${name}:${port}/`);

process.once('SIGTERM', () => {
  void app.close();
  void manager.close();
});
