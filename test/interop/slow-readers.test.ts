/**
 * Clients that ask for much and read nothing: what waits for them stays where it comes from.
 *
 * @module
 */
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { ANY_TLS, HOST, startTerminator, WEB } from '../support/terminator.ts';
import { startHttp, startTcp } from '../support/upstreams.ts';

const CLIENTS = 16;
const CHUNK = Buffer.alloc(256 * 1024);
const OFFERED = 64 * 1024 * 1024;
/** Of a gigabyte that is offered. */
const MOST_GROWTH = 160 * 1024 * 1024;

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential(['a.example.com']);
});

/** At the reader's pace; counts what left. */
class Source {
  sent = 0;

  feed(to: Writable): void {
    let left = OFFERED;
    const more = (): void => {
      while (left > 0) {
        left -= CHUNK.length;
        this.sent += CHUNK.length;
        if (!to.write(CHUNK)) {
          to.once('drain', more);
          return;
        }
      }
      to.end();
    };
    to.on('error', () => {});
    more();
  }

  /** Until nothing has moved for a while. */
  async stands(): Promise<void> {
    for (let before = -1; before !== this.sent;) {
      before = this.sent;
      await wait(400);
    }
  }
}

async function openTls(port: number, alpn?: string): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: HOST,
    servername: 'a.example.com',
    rejectUnauthorized: false,
    ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket.pause();
}

async function growthWhile(source: Source, open: () => Promise<() => void>): Promise<number> {
  const before = process.memoryUsage().rss;
  const close = await open();
  await source.stands();
  const growth = process.memoryUsage().rss - before;
  close();
  return growth;
}

it(
  'do not make memory grow, as raw TLS, HTTP/1.1 and HTTP/2',
  { timeout: 60_000, retry: 0 },
  async () => {
    const source = new Source();
    await using tcp = await startTcp((socket) => source.feed(socket));
    await using http = await startHttp((_request, response) => source.feed(response));
    await using running = await startTerminator();
    const growth: Record<string, number> = {};

    running.serve('a.example.com', tcp.port, {
      protocol: 'tls',
      terminate: ANY_TLS,
      credentials: [credential],
    });
    growth['tls'] = await growthWhile(source, async () => {
      const clients = Array.from({ length: CLIENTS }, () => openTls(running.tlsPort));
      const sockets = await Promise.all(clients);
      return () => sockets.forEach((socket) => socket.destroy());
    });

    running.serve('a.example.com', http.port, {
      protocol: 'https',
      terminate: WEB,
      credentials: [credential],
    });
    growth['http/1.1'] = await growthWhile(source, async () => {
      const clients = Array.from({ length: CLIENTS }, () => openTls(running.tlsPort, 'http/1.1'));
      const sockets = await Promise.all(clients);
      for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n');
      return () => sockets.forEach((socket) => socket.destroy());
    });

    growth['h2'] = await growthWhile(source, async () => {
      const session = connectHttp2(`https://a.example.com:${running.tlsPort}`, {
        host: HOST,
        rejectUnauthorized: false,
      });
      session.on('error', () => {});
      await once(session, 'connect');
      for (let count = 0; count < CLIENTS; count += 1) {
        session.request({ ':path': '/', ':authority': 'a.example.com' }).on('error', () => {});
      }
      return () => session.destroy();
    });
    expect(source.sent).toBeGreaterThan(3 * CLIENTS * CHUNK.length);
    for (const grown of Object.values(growth)) expect(grown).toBeLessThan(MOST_GROWTH);
  },
);

it('does not let one address keep all upstream connections from others', async () => {
  await using upstream = await startHttp((request, response) =>
    response.end(request.url?.startsWith('/much') === true ? CHUNK : request.url),
  );
  await using running = await startTerminator({ limits: { upstreamConnections: 4 } });
  running.serve('a.example.com', upstream.port, {
    protocol: 'https',
    terminate: WEB,
    credentials: [credential],
  });
  const open = (localAddress: string, settings = {}) => {
    const target = { host: HOST, port: running.tlsPort, localAddress, rejectUnauthorized: false };
    const socket = connect({ ...target, servername: 'a.example.com', ALPNProtocols: ['h2'] });
    const session = connectHttp2('https://a.example.com', {
      createConnection: () => socket,
      settings,
    });
    session.on('error', () => {});
    return session;
  };
  // Takes no octet of any answer.
  const greedy = open('127.0.0.7', { initialWindowSize: 0 });
  const asked = Array.from({ length: 20 }, (_, index) => {
    const stream = greedy.request({ ':path': `/much/${index}`, ':authority': 'a.example.com' });
    stream.on('error', () => {});
    return once(stream, 'response');
  });
  await Promise.race(asked);
  const honest = open('127.0.0.8');
  for (const path of ['/one', '/two', '/three']) {
    const stream = honest.request({ ':path': path, ':authority': 'a.example.com' });
    expect(await text(stream)).toBe(path);
  }
  honest.destroy();
  greedy.destroy();
});
