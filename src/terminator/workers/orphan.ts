/**
 * How long a worker waits for a control process: not forever, and not when none can find it.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { SECOND_MS } from '../../core/clock.ts';
import { systemCode } from '../../core/errors.ts';

export interface OrphanOptions {
  readonly socketPath: string;
  readonly patienceMs: number;
  readonly onEnd: (why: string) => void;
}

/** Calls `onEnd` once, unless it is stopped before. */
export function watchOrphan({ socketPath, patienceMs, onEnd }: OrphanOptions): () => void {
  const end = (why: string): void => {
    stop();
    onEnd(why);
  };
  const timer = setTimeout(() => end(`nobody came in ${patienceMs} ms`), patienceMs);
  let isStopped = false;
  const looking = setInterval(() => {
    void look();
  }, SECOND_MS);
  async function look(): Promise<void> {
    if ((await isGone(socketPath)) && !isStopped) end('its socket was removed');
  }
  function stop(): void {
    isStopped = true;
    clearTimeout(timer);
    clearInterval(looking);
  }
  return stop;
}

/** Not when it cannot be seen: a worker without privileges may not look into the directory. */
async function isGone(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (thrown) {
    return systemCode(thrown) === 'ENOENT';
  }
}
