/**
 * What comes out of a relayed connection is what went in, and it does not stay half-open for ever.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '../../src/feed/feed.ts';
import { createOpensslCredential } from '../support/openssl-credential.ts';
import { ANY_TLS, HOST, startTerminator } from '../support/terminator.ts';
import { startTcp } from '../support/upstreams.ts';

const NAME = 'a.example.com';
const OCTETS = 20 * 1024 * 1024;
const CLIENTS = 6;

let credential: Credential;

beforeAll(async () => {
  credential = await createOpensslCredential([NAME]);
});

describe('many octets to several clients at once, of which some are slow', () => {
  it.each(['tcp', 'tls'] as const)('arrive as they were sent, by %s', async (protocol) => {
    const sent: string[] = [];
    await using upstream = await startTcp((socket) => {
      const content = randomBytes(OCTETS);
      sent.push(digest([content]));
      // Pieces of every size, so that reads are full ones and others in turn.
      let at = 0;
      const more = (): void => {
        while (at < content.length) {
          const length = 1 + ((at * 7_919) % 150_000);
          const isRoom = socket.write(content.subarray(at, at + length));
          at += length;
          if (!isRoom) {
            socket.once('drain', more);
            return;
          }
        }
        socket.end();
      };
      more();
    });
    const target = { scheme: 'tcp', target: { host: HOST, port: upstream.port } } as const;
    await using running = await startTerminator({ tcp: { upstreams: [target] } });
    running.serve(NAME, upstream.port, {
      protocol: 'tls',
      terminate: ANY_TLS,
      credentials: [credential],
    });
    const received = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, index) => {
        const socket =
          protocol === 'tcp'
            ? connect({ port: running.tcpPort, host: '127.0.0.3' })
            : connectTls({
                host: HOST,
                port: running.tlsPort,
                servername: NAME,
                rejectUnauthorized: false,
              });
        const chunks: Buffer[] = [];
        for await (const chunk of socket) {
          chunks.push(chunk as Buffer);
          if (index % 2 === 0 && chunks.length % 50 === 0) await wait(2);
        }
        return digest(chunks);
      }),
    );
    expect(received.toSorted()).toEqual(sent.toSorted());
    expect(new Set(received).size).toBe(CLIENTS);
  });
});

describe('a connection of which one side has ended', () => {
  it('is cut when the other one stays silent', async () => {
    let passedOn: Socket | undefined;
    await using upstream = await startTcp((socket) => {
      passedOn = socket;
      socket.resume();
    });
    const target = { scheme: 'tcp', target: { host: HOST, port: upstream.port } } as const;
    await using running = await startTerminator({
      tcp: { upstreams: [target] },
      limits: { halfOpenMs: 200 },
    });
    const client = connect({ port: running.tcpPort, host: '127.0.0.3', allowHalfOpen: true });
    client.on('error', () => {});
    const quiet = connect({ port: running.tcpPort, host: '127.0.0.3' });
    await Promise.all([once(client, 'connect'), once(quiet, 'connect')]);
    client.end('the last word');
    await once(client, 'close');
    expect(passedOn).toBeDefined();
    // Only what is half-open is cut so soon.
    await expect.poll(() => running.terminator.counters().open).toBe(1);
    quiet.destroy();
  });

  it('goes on as long as the other one sends', async () => {
    await using upstream = await startTcp((socket) => {
      socket.resume();
      socket.once('end', () => void sayMuch(socket));
    });
    const target = { scheme: 'tcp', target: { host: HOST, port: upstream.port } } as const;
    await using running = await startTerminator({
      tcp: { upstreams: [target] },
      limits: { halfOpenMs: 300 },
    });
    const client = connect({ port: running.tcpPort, host: '127.0.0.3', allowHalfOpen: true });
    client.end('tell me');
    let text = '';
    for await (const chunk of client) text += String(chunk);
    expect(text).toBe('0123456789');
  });
});

async function sayMuch(socket: Socket): Promise<void> {
  for (let count = 0; count < 10; count += 1) {
    socket.write(String(count));
    await wait(60);
  }
  socket.end();
}

function digest(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
