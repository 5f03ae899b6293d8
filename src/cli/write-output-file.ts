/**
 * Files that a command writes for its user: whole or not at all.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';

/** Replaces `path` in one step. `mode` holds from the first byte on. */
export async function writeOutputFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { mode, flag: 'wx' });
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw new AppError('file/unwritable', `cannot write ${path}`, {
      cause: thrown,
      mend: 'Choose a folder that exists and that you may write to.',
    });
  }
}
