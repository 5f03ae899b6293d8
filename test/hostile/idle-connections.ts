/**
 * Connections that only are there, in numbers.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Attack, below, many, openSocket, openTls } from './attack.ts';

/** One in ten has TLS; the others say nothing at all, which must end them. */
export function idleConnections(count: number): Attack {
  return {
    name: `${count} idle connections`,
    run: async ({ tlsPort, streamName }, random) => {
      const sockets: Socket[] = [];
      await many(count, 100, async (index) => {
        const socket =
          index % 10 === 0 ? await openTls(tlsPort, streamName) : await openSocket(tlsPort);
        sockets.push(socket.resume());
      });
      await wait(below(random, 3_000));
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** As many as wanted, or as the descriptors of this process and of two workers allow. */
export async function affordableConnections(wanted: number): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? '1024');
  return Math.min(wanted, Math.floor((most - SPARE) / 2));
}

const SPARE = 400;
