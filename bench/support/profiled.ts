/**
 * A CPU profile of a running Node process, over its inspector: nothing in the program knows of it.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** SIGUSR1 makes Node listen here. */
const INSPECTOR = 'http://127.0.0.1:9229/json';
const TRIES = 50;

/** Does `work` while `pid` is profiled, and writes what Chromium's DevTools read. */
export async function profiled<T>(pid: number, file: string, work: () => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await findDebugger());
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const { promise: started, resolve: setStarted } = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as {
      id: number;
      result?: { profile?: unknown };
    };
    if (id === START) setStarted();
    if (id === STOP) resolve(result?.profile);
  });
  await new Promise((opened) => socket.addEventListener('open', opened));
  const say = (id: number, method: string): void => socket.send(JSON.stringify({ id, method }));
  say(1, 'Profiler.enable');
  say(START, 'Profiler.start');
  // The process stands still meanwhile, and longer than a short load lasts.
  await started;
  const result = await work();
  say(STOP, 'Profiler.stop');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(await promise));
  socket.close();
  return result;
}

const START = 2;
const STOP = 3;

async function findDebugger(): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await fetch(INSPECTOR);
      const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
      if (target !== undefined) return target.webSocketDebuggerUrl;
    } catch (thrown) {
      if (tries === TRIES) throw thrown;
    }
    await wait(100);
  }
}
