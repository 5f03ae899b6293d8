import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import type { EventView } from '../../observe/events/event.ts';
import { createWebhookNotifier } from './notifier.ts';
import { isPublicAddress } from './public-address.ts';
import { parseSecret } from './signature.ts';

const SECRET = Buffer.alloc(32, 7);
const EVENT: EventView = {
  id: 'event-1',
  type: 'certificate.unparked.v1',
  timestamp: '2026-11-22T07:00:00.000Z',
  names: ['app.example.com'],
  data: {},
};

interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

async function openReceiver(status: number, headers: Record<string, string> = {}) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      return response.writeHead(status, headers).end('x'.repeat(100_000));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    received,
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(url: string, fields: { allowPrivate?: boolean; timeoutMs?: number } = {}) {
  const settings = {
    url,
    secrets: [SECRET.toString('base64')],
    timeoutMs: 5_000,
    allowPrivate: true,
    ...fields,
  };
  const { signal } = new AbortController();
  return createWebhookNotifier(settings, systemClock).send(EVENT, signal);
}

describe('a webhook', () => {
  it('is signed as Standard Webhooks says', async () => {
    await using receiver = await openReceiver(204);
    await send(`http://127.0.0.1:${receiver.port}/hook?key=1`);
    const [request] = receiver.received;
    expect(request?.path).toBe('/hook?key=1');
    expect(JSON.parse(request?.body ?? '')).toStrictEqual(EVENT);
    const timestamp = String(request?.headers['webhook-timestamp']);
    expect(Math.abs(Date.now() / 1_000 - Number(timestamp))).toBeLessThan(60);
    const signed = `${EVENT.id}.${timestamp}.${request?.body}`;
    const expected = createHmac('sha256', SECRET).update(signed).digest('base64');
    expect(request?.headers['webhook-id']).toBe(EVENT.id);
    expect(request?.headers['webhook-signature']).toBe(`v1,${expected}`);
  });

  it('follows no redirect', async () => {
    await using target = await openReceiver(204);
    await using receiver = await openReceiver(307, {
      location: `http://127.0.0.1:${target.port}/`,
    });
    await expect(send(`http://127.0.0.1:${receiver.port}/`)).rejects.toMatchObject({
      code: 'delivery/failed',
      message: expect.stringContaining('307, which is not followed'),
    });
    expect(target.received).toStrictEqual([]);
  });

  it('goes to no private address, be it written or looked up', async () => {
    await using receiver = await openReceiver(204);
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433', '[::ffff:7f00:1]']) {
      await expect(
        send(`http://${host}:${receiver.port}/`, { allowPrivate: false }),
      ).rejects.toMatchObject({ code: 'delivery/refused' });
    }
    expect(receiver.received).toStrictEqual([]);
  });

  it('heeds Retry-After, and does not show the path of the receiver', async () => {
    await using receiver = await openReceiver(503, { 'retry-after': '120' });
    const failure = await send(`http://127.0.0.1:${receiver.port}/token-x`).catch(
      (thrown: unknown) => thrown,
    );
    expect(failure).toMatchObject({ code: 'delivery/failed', retryAt: expect.any(Date) });
    expect(String(failure)).not.toContain('token-x');
  });

  it('does not wait for ever', async () => {
    const server = createServer(() => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(send(`http://127.0.0.1:${port}/`, { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'delivery/failed',
    });
    server.closeAllConnections();
    server.close();
  });
});

describe('isPublicAddress', () => {
  it.each(['1.1.1.1', '172.15.0.1', '223.255.255.255', '2606:4700::1111'])('takes %s', (address) =>
    expect(isPublicAddress(address)).toBe(true),
  );
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.31.0.1',
    '192.168.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    'fe80::1',
    'fd00:ec2::254',
    '2002:7f00:1::',
    'ff02::1',
    'localhost',
  ])('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('parseSecret', () => {
  it('takes 24 to 64 bytes of base64, with or without prefix', () => {
    const encoded = SECRET.toString('base64');
    expect(parseSecret(`whsec_${encoded}`)).toStrictEqual(SECRET);
    expect(parseSecret(encoded)).toStrictEqual(SECRET);
    for (const bad of ['', 'whsec_', 'secret', Buffer.alloc(23).toString('base64'), 'whsec_é']) {
      expect(parseSecret(bad)).toBeUndefined();
    }
  });
});
