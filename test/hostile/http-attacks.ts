/**
 * Attacks by HTTP/1.1: requests with two meanings, and clients that take their time.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SMUGGLED_HOST, SMUGGLING } from '../support/smuggling-vectors.ts';
import {
  type Attack,
  below,
  leave,
  LEAVINGS,
  linger,
  many,
  openSocket,
  openTls,
  pick,
  randomBytes,
} from './attack.ts';

const HTTP1 = { ALPNProtocols: ['http/1.1'] };

const smuggling: Attack = {
  name: 'requests that could be read in two ways',
  run: async ({ tlsPort, webName }) => {
    const requests = Object.values(SMUGGLING);
    await many(requests.length, 20, async (index) => {
      const socket = await openTls(tlsPort, webName, HTTP1);
      socket.write((requests[index] ?? '').replaceAll(SMUGGLED_HOST, webName), 'latin1');
      await linger(socket, 200);
    });
  },
};

const slowHeaders: Attack = {
  name: 'header fields that never end',
  run: ({ tlsPort, httpPort, webName }, random) =>
    many(60, 60, async (index) => {
      const socket =
        index % 2 === 0 ? await openTls(tlsPort, webName, HTTP1) : await openSocket(httpPort);
      socket.write(`GET / HTTP/1.1\r\nHost: ${webName}\r\n`);
      for (let line = 0; line < 40 && !socket.closed; line += 1) {
        socket.write(`x-${line}: ${line}\r\n`);
        await wait(50 + below(random, 50));
      }
      await leave(socket, pick(random, LEAVINGS), 300);
    }),
};

const slowBodies: Attack = {
  name: 'bodies octet by octet, also to redirects',
  run: ({ tlsPort, httpPort, webName }, random) =>
    many(60, 60, async (index) => {
      const socket =
        index % 2 === 0 ? await openTls(tlsPort, webName, HTTP1) : await openSocket(httpPort);
      socket.resume();
      socket.write(`POST / HTTP/1.1\r\nHost: ${webName}\r\nContent-Length: 100000\r\n\r\n`);
      for (let octet = 0; octet < 60 && !socket.closed; octet += 1) {
        socket.write('x');
        await wait(50);
      }
      await leave(socket, pick(random, LEAVINGS), 300);
    }),
};

const slowReaders: Attack = {
  name: 'clients that read no answer',
  run: ({ tlsPort, webName, streamName }, random) =>
    many(40, 40, async (index) => {
      const isStream = index % 4 === 0;
      const socket = await openTls(tlsPort, isStream ? streamName : webName, isStream ? {} : HTTP1);
      socket.pause();
      if (isStream) for (let part = 0; part < 64; part += 1) socket.write(Buffer.alloc(65_536));
      else socket.write(`GET /big HTTP/1.1\r\nHost: ${webName}\r\n\r\n`);
      await wait(3_000);
      await leave(socket, pick(random, ['reset', 'destroy']));
    }),
};

const pipelines: Attack = {
  name: 'a thousand requests at once, and the end before the answers',
  run: ({ tlsPort, webName }, random) =>
    many(10, 10, async () => {
      const socket = await openTls(tlsPort, webName, HTTP1);
      socket.write(`GET / HTTP/1.1\r\nHost: ${webName}\r\n\r\n`.repeat(1_000));
      await wait(below(random, 200));
      await leave(socket, pick(random, LEAVINGS), 500);
    }),
};

const odd: Attack = {
  name: 'large, broken and pointless requests',
  run: ({ tlsPort, httpPort, webName }, random) =>
    many(100, 20, async (index) => {
      const socket =
        index % 2 === 0 ? await openTls(tlsPort, webName, HTTP1) : await openSocket(httpPort);
      const text = pick(random, [
        `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: ${webName}\r\n\r\n`,
        `GET / HTTP/1.1\r\nHost: ${webName}\r\n${'x: y\r\n'.repeat(5_000)}\r\n`,
        `GET / HTTP/1.1\r\nHost: ${webName}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
        `GET / HTTP/1.1\r\nHost: ${webName}\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n`,
        `POST / HTTP/1.1\r\nHost: ${webName}\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
        `POST / HTTP/1.1\r\nHost: ${webName}\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n`,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        `GET / HTTP/1.1\r\nHost: ${randomBytes(random, 40).toString('latin1')}\r\n\r\n`,
        randomBytes(random, 500).toString('latin1'),
      ]);
      socket.write(text, 'latin1');
      await linger(socket, 100 + below(random, 100));
    }),
};

export const HTTP_ATTACKS: readonly Attack[] = [
  smuggling,
  slowHeaders,
  slowBodies,
  slowReaders,
  pipelines,
  odd,
];
