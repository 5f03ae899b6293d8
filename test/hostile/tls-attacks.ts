/**
 * Attacks on what comes before TLS, on its handshake, and on what is sent inside it as if outside.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';
import { helloMessage, inRecords, serverNameExtension } from '../support/client-hello-bytes.ts';
import { CLIENT_HELLO_VECTORS } from '../support/client-hello-vectors.ts';
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
import { openCutTls } from './cut-tls.ts';

const VECTORS = CLIENT_HELLO_VECTORS.map(({ bytes }) => bytes);
const AT_ONCE = 40;

const truncatedHellos: Attack = {
  name: 'every truncation of real hellos',
  run: async ({ tlsPort }, random) => {
    const bytes = pick(random, VECTORS);
    await many(bytes.length, AT_ONCE, async (length) => {
      const socket = await openSocket(tlsPort);
      socket.write(bytes.subarray(0, length));
      await leave(socket, pick(random, LEAVINGS));
    });
  },
};

const changedHellos: Attack = {
  name: 'real hellos with a few octets changed',
  run: ({ tlsPort }, random) =>
    many(300, AT_ONCE, async () => {
      const bytes = Buffer.from(pick(random, VECTORS));
      for (let change = below(random, 6); change >= 0; change -= 1) {
        bytes[below(random, bytes.length)] = below(random, 256);
      }
      const socket = await openSocket(tlsPort);
      const cut = below(random, bytes.length);
      socket.write(bytes.subarray(0, cut));
      await wait(below(random, 5));
      socket.write(bytes.subarray(cut));
      await leave(socket, pick(random, LEAVINGS), 200);
    }),
};

const garbage: Attack = {
  name: 'garbage',
  run: ({ tlsPort, httpPort }, random) =>
    many(300, AT_ONCE, async () => {
      const bytes = randomBytes(random, 1 + below(random, 3_000));
      if (random() < 0.5) bytes[0] = 0x16;
      const socket = await openSocket(pick(random, [tlsPort, tlsPort, httpPort]));
      socket.write(bytes);
      await leave(socket, pick(random, LEAVINGS), 200);
    }),
};

const longHellos: Attack = {
  name: 'hellos that are too long',
  run: ({ tlsPort, streamName }, random) =>
    many(60, AT_ONCE, async () => {
      const padding = 15_000 + below(random, 49_000);
      const extensions = [serverNameExtension(streamName), [21, Buffer.alloc(padding)]] as const;
      const message = helloMessage({ extensions: [...extensions] });
      const cuts = Array.from({ length: below(random, 60) }, () => below(random, message.length));
      const socket = await openSocket(tlsPort);
      socket.write(
        inRecords(
          message,
          cuts.toSorted((left, right) => left - right),
        ),
      );
      await leave(socket, pick(random, LEAVINGS), 200);
    }),
};

const slowHellos: Attack = {
  name: 'hellos octet by octet, and connections without one',
  run: ({ tlsPort, proxyPort }, random) =>
    many(100, 100, async () => {
      const bytes = pick(random, VECTORS);
      const socket = await openSocket(pick(random, [tlsPort, proxyPort]));
      const isSilent = random() < 0.3;
      for (let at = 0; at < 60 && !socket.closed; at += 1) {
        if (!isSilent) socket.write(bytes.subarray(at, at + 1));
        await wait(50);
      }
      await leave(socket, pick(random, LEAVINGS), 500);
    }),
};

const halfOpen: Attack = {
  name: 'connections that are half closed at once',
  run: ({ tlsPort, httpPort, proxyPort }, random) =>
    many(200, AT_ONCE, async () => {
      const socket = await openSocket(pick(random, [tlsPort, httpPort, proxyPort]));
      if (random() < 0.5) socket.write(pick(random, VECTORS).subarray(0, below(random, 500)));
      socket.end();
      await linger(socket, 200);
    }),
};

const cutHandshakes: Attack = {
  name: 'handshakes and requests cut after any octet of either side',
  run: ({ tlsPort, streamName, webName }, random) =>
    many(200, AT_ONCE, async () => {
      const protocol = pick(random, ['h2', 'http/1.1', undefined]);
      await openCutTls(
        tlsPort,
        {
          servername: protocol === undefined ? streamName : webName,
          maxVersion: pick(random, ['TLSv1.2', 'TLSv1.3']),
        },
        {
          protocol,
          side: pick(random, ['sent', 'received']),
          after: below(random, 4_000),
          leaving: pick(random, LEAVINGS),
        },
      );
    }),
};

const goneAtOnce: Attack = {
  name: 'clients that are gone right after the handshake',
  run: ({ tlsPort, streamName, webName }, random) =>
    many(150, AT_ONCE, async () => {
      const protocol = pick(random, ['h2', 'http/1.1', undefined]);
      const socket = await openTls(tlsPort, protocol === undefined ? streamName : webName, {
        maxVersion: pick(random, ['TLSv1.2', 'TLSv1.3']),
        ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
      });
      await leave(socket, pick(random, LEAVINGS), 300);
    }),
};

const brokenRecords: Attack = {
  name: 'records of no meaning inside a connection',
  run: ({ tlsPort, streamName, webName }, random) =>
    many(100, AT_ONCE, async () => {
      const raw = await openSocket(tlsPort);
      const socket = await openTls(0, pick(random, [streamName, webName]), { socket: raw });
      const type = pick(random, [20, 21, 22, 23, 24, 255]);
      const length = below(random, 300);
      raw.write(
        Buffer.concat([
          Buffer.from([type, 3, 3, length >> 8, length & 0xff]),
          randomBytes(random, length),
        ]),
      );
      await linger(raw, 200);
      socket.destroy();
    }),
};

const renegotiation: Attack = {
  name: 'renegotiation again and again',
  run: ({ tlsPort, streamName }) =>
    many(20, 20, async () => {
      const socket = await openTls(tlsPort, streamName, { maxVersion: 'TLSv1.2' });
      for (let time = 0; time < 10 && !socket.closed; time += 1) {
        socket.renegotiate({ rejectUnauthorized: false }, () => {});
        await wait(10);
      }
      await leave(socket, 'destroy');
    }),
};

const proxyHeaders: Attack = {
  name: 'PROXY headers of no meaning',
  run: ({ proxyPort }, random) =>
    many(200, AT_ONCE, async () => {
      const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
      const begin = pick(random, [
        signature,
        Buffer.concat([signature, Buffer.from([0x21, 0x11, 0xff, 0xff])]),
        Buffer.from('PROXY '),
        Buffer.from('PROXY TCP4 999.1.1.1 1.1.1.1 1 1\r\n'),
        Buffer.from('PROXY UNKNOWN\r\n'),
        Buffer.alloc(0),
      ]);
      const socket = await openSocket(proxyPort);
      socket.write(Buffer.concat([begin, randomBytes(random, below(random, 600))]));
      await leave(socket, pick(random, LEAVINGS), 200);
    }),
};

export const TLS_ATTACKS: readonly Attack[] = [
  truncatedHellos,
  changedHellos,
  garbage,
  longHellos,
  slowHellos,
  halfOpen,
  cutHandshakes,
  goneAtOnce,
  brokenRecords,
  renegotiation,
  proxyHeaders,
];
