/**
 * Applies a changed configuration while the daemon runs: on SIGHUP, and when the file is saved.
 *
 * @module
 */
import { unwatchFile, watchFile } from 'node:fs';
import { SECOND_MS } from '../core/clock.ts';

const LOOK_EVERY_MS = SECOND_MS;

/** Calls `apply` for each wish to reload, one at a time; returns how to stop. */
export function watchReloads(path: string | undefined, apply: () => Promise<void>): () => void {
  let turn = Promise.resolve();
  const reload = (): void => {
    turn = turn.then(apply);
  };
  process.on('SIGHUP', reload);
  // Polling sees editors that replace the file, and works on every file system.
  if (path !== undefined) {
    watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, (now, before) => {
      if (now.mtimeMs !== before.mtimeMs && now.nlink > 0) reload();
    });
  }
  return () => {
    process.off('SIGHUP', reload);
    if (path !== undefined) unwatchFile(path);
  };
}
