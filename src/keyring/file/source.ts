/**
 * Key-encryption keys in a file of their own, created at first use.
 *
 * @module
 */
import { type Clock, systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { KekSource } from '../keyring.ts';
import { createKekFile } from './create-kek-file.ts';
import { readKekFile } from './read-kek-file.ts';

export interface FileKekSourceOptions {
  /** Its directory must exist. The file may be a link, as mounted secrets are. */
  readonly path: string;
  readonly clock?: Clock;
}

export function fileKekSource({ path, clock = systemClock }: FileKekSourceOptions): KekSource {
  return {
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
  };
}

function vanished(path: string): AppError {
  return new AppError('keyring/unwritable', `${path} is a link to a file that does not exist`, {
    mend: 'Remove the link, or restore the file it points to.',
    context: { path },
  });
}
