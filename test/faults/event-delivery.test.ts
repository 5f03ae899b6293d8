/**
 * Events arrive whatever is killed, and whatever the receiver refuses: none lost, in their order.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { EventView } from '../../src/observe/events/event.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { openTempDir } from '../support/temp-dir.ts';

const DELIVERER = fileURLToPath(new URL('../support/event-deliverer.ts', import.meta.url));
const CERTIFICATES = 4;
const CHANGES = 8;
const KILLS = 6;

it('survives kill -9 and a receiver that fails half the time', { timeout: 180_000 }, async () => {
  await using directory = await openTempDir();
  const path = directory.file('certctl.db');
  const taken: EventView[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests += 1;
      const isRefused = requests % 2 === 0;
      if (!isRefused) taken.push(JSON.parse(body) as EventView);
      // Some answers never arrive: whoever sent it cannot know that it was taken.
      if (requests % 7 === 0) return request.socket.destroy();
      return response.writeHead(isRefused ? 500 : 204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const start = (): ChildProcess =>
    spawn(process.execPath, [DELIVERER, path, url, String(CERTIFICATES), String(CHANGES)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });

  let deliverer = start();
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = requests;
      await expect.poll(() => requests, { timeout: 60_000 }).toBeGreaterThan(before + 4);
      await sleep(kill * 17);
      deliverer.kill('SIGKILL');
      await once(deliverer, 'exit');
      deliverer = start();
    }
    await using store = Object.assign(await openSqliteStore({ path }), {
      async [Symbol.asyncDispose]() {
        await store.close();
      },
    });
    const isDone = async (): Promise<boolean> =>
      (await store.events.lastPosition()) >= CERTIFICATES * CHANGES &&
      (await store.deliveries.takeUp('half', () => true, 100, new Date())) === 0 &&
      (await store.deliveries.backlog()).every(({ waiting }) => waiting === 0);
    while (!(await isDone())) await sleep(100);
    const written = await store.events.after(0, 1_000);
    expect(written).toHaveLength(CERTIFICATES * CHANGES);
    expect(new Set(taken.map(({ id }) => id))).toStrictEqual(new Set(written.map(({ id }) => id)));
    for (const received of Map.groupBy(taken, ({ certificateId }) => certificateId).values()) {
      const counts = received.map(({ data }) => data['failures'] as number);
      expect(counts).toStrictEqual(counts.toSorted((left, right) => left - right));
      expect(new Set(counts).size).toBe(CHANGES);
    }
    expect(await store.deliveries.dead({ limit: 1 })).toStrictEqual([]);
  } finally {
    deliverer.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  }
});
