/**
 * Applies a changed configuration while the daemon runs: on SIGHUP, and when one of its files is saved.
 *
 * @module
 */
import { type StatsListener, unwatchFile, watchFile } from 'node:fs';
import { SECOND_MS } from '../core/clock.ts';

const LOOK_EVERY_MS = SECOND_MS;

export interface ReloadWatch extends Disposable {
  /** The files whose change is a wish to reload, from now on. */
  watch(paths: Iterable<string>): void;
}

/** Calls `apply` for each wish to reload, one at a time. */
export function watchReloads(apply: () => Promise<void>): ReloadWatch {
  let turn = Promise.resolve();
  const reload = (): void => {
    turn = turn.then(apply);
  };
  const onChange: StatsListener = (now, before) => {
    if (now.mtimeMs !== before.mtimeMs && now.nlink > 0) reload();
  };
  let watched: ReadonlySet<string> = new Set();
  const watch = (paths: Iterable<string>): void => {
    const wanted = new Set(paths);
    for (const path of watched.difference(wanted)) unwatchFile(path, onChange);
    for (const path of wanted.difference(watched)) {
      // Polling sees editors that replace the file, and works on every file system.
      watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, onChange);
    }
    watched = wanted;
  };
  process.on('SIGHUP', reload);
  return {
    watch,
    [Symbol.dispose]: () => {
      process.off('SIGHUP', reload);
      watch([]);
    },
  };
}
