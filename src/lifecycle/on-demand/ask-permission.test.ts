import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseName } from '../../core/names.ts';
import { PERMISSION } from '../../../test/support/on-demand.ts';
import { askPermission } from './ask-permission.ts';

const NAME = parseName('new.example.com');
const { signal } = new AbortController();

async function startServer(answer: RequestListener) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    settings: { ...PERMISSION, url: `http://127.0.0.1:${port}/ask?key=1` },
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const answering = (status: number) =>
  startServer((_request, response) => {
    response.writeHead(status, { location: 'https://elsewhere.example/yes' }).end('body');
  });

describe('askPermission', () => {
  it('asks with the name, the client and the keys that the URL has', async () => {
    using server = await answering(200);
    const question = { name: NAME, clientAddress: '192.0.2.7' };
    expect(await askPermission(server.settings, question, signal)).toBe('allowed');
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'GET', url: '/ask?key=1&domain=new.example.com' });
    expect(request?.headers).toMatchObject({
      'certctl-server-name': 'new.example.com',
      'certctl-client-address': '192.0.2.7',
    });
  });

  it.each([
    [204, 'allowed'],
    [400, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
  ])('takes %i for %s', async (status, verdict) => {
    using server = await answering(status);
    expect(await askPermission(server.settings, { name: NAME }, signal)).toBe(verdict);
  });

  it.each([301, 302, 307, 401, 429, 500, 503])('takes %i for no answer', async (status) => {
    using server = await answering(status);
    await expect(askPermission(server.settings, { name: NAME }, signal)).rejects.toMatchObject({
      code: 'permission/unavailable',
      message: expect.stringContaining(String(status)) as string,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('does not say more of the URL than where it is', async () => {
    using server = await answering(500);
    const thrown = await askPermission(server.settings, { name: NAME }, signal).catch(String);
    expect(thrown).toContain('http://127.0.0.1');
    expect(thrown).not.toContain('key=1');
  });

  it('waits no longer than its time', async () => {
    using server = await startServer(() => undefined);
    const settings = { ...server.settings, timeoutMs: 50 };
    await expect(askPermission(settings, { name: NAME }, signal)).rejects.toMatchObject({
      code: 'permission/unavailable',
    });
  });

  it('waits for no more headers than fit', async () => {
    using server = await startServer((_request, response) => {
      response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end();
    });
    await expect(askPermission(server.settings, { name: NAME }, signal)).rejects.toMatchObject({
      code: 'permission/unavailable',
    });
  });

  it('takes no body in', async () => {
    let written = 0;
    using server = await startServer((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
      };
      response.on('drain', more);
      more();
    });
    expect(await askPermission(server.settings, { name: NAME }, signal)).toBe('allowed');
    expect(written).toBeLessThan(16 * 1_048_576);
  });

  it('ends with its signal, which is no failure', async () => {
    using server = await startServer(() => undefined);
    const stopping = new AbortController();
    const asking = askPermission(server.settings, { name: NAME }, stopping.signal);
    const reason = new Error('stopping');
    stopping.abort(reason);
    await expect(asking).rejects.toBe(reason);
  });
});
