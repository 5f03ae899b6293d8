/**
 * Key-encryption keys in a file of their own, created at first use.
 *
 * @module
 */
import { type Clock, systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { keksGone } from '../keks-gone.ts';
import type { KekSource } from '../keyring.ts';
import type { DatedKek } from './format.ts';
import { readKekFile } from './read-kek-file.ts';
import { createKekFile, newKek, replaceKekFile } from './write-kek-file.ts';

export interface FileKekSourceOptions {
  /** Its directory must exist. The file may be a link, as mounted secrets are. */
  readonly path: string;
  readonly clock?: Clock;
}

export function fileKekSource({ path, clock = systemClock }: FileKekSourceOptions): KekSource {
  const place = `the file ${path}`;

  async function reload(signal: AbortSignal): Promise<readonly [DatedKek, ...DatedKek[]]> {
    signal.throwIfAborted();
    const keks = await readKekFile(path);
    if (keks === undefined) throw keksGone(place);
    return keks;
  }

  return {
    place,
    reload,
    load: async (signal) => {
      signal.throwIfAborted();
      const existing = await readKekFile(path);
      if (existing !== undefined) return existing;
      signal.throwIfAborted();
      await createKekFile(path, clock.now());
      const created = await readKekFile(path);
      if (created === undefined) throw vanished(path);
      return created;
    },
    rotation: {
      add: async (signal) => {
        await replaceKekFile(path, [newKek(clock.now()), ...(await reload(signal))]);
      },
      drop: async (kekIds, signal) => {
        const kept = (await reload(signal)).filter(({ id }) => !kekIds.includes(id));
        if (kept.length === 0) throw new TypeError('the last key-encryption key was to be dropped');
        await replaceKekFile(path, kept);
      },
    },
  };
}

function vanished(path: string): AppError {
  return new AppError('keyring/unwritable', `${path} is a link to a file that does not exist`, {
    mend: 'Remove the link, or restore the file it points to.',
    context: { path },
  });
}
