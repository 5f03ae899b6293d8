/**
 * Several files replaced together: all are written and on disk before the first takes its place.
 *
 * @module
 */
import { link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError, systemCode } from '../core/errors.ts';

export interface FileToReplace {
  /** Absolute. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface Replacement {
  /** Puts back what was there before. */
  undo(): Promise<void>;
  /** Forgets what was there before. */
  keep(): Promise<void>;
}

/**
 * Replaces the files in their order. What fails before the end leaves all of them as they were.
 * Only one process may replace a file at a time.
 *
 * @throws `file/unwritable`
 */
export async function replaceFiles(files: readonly FileToReplace[]): Promise<Replacement> {
  const replaced: FileToReplace[] = [];
  try {
    for (const file of files) await writeDraft(file).catch(blame(file));
    for (const file of files) {
      await keepOld(file).catch(blame(file));
      await rename(draftOf(file), file.path).catch(blame(file));
      replaced.push(file);
    }
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
      await syncFolder(folder).catch(blame({ path: folder }));
    }
  } catch (thrown) {
    await putBack(replaced);
    for (const file of files) await discard(draftOf(file), oldOf(file));
    throw thrown;
  }
  return {
    undo: () => putBack(replaced),
    async keep() {
      for (const file of files) await discard(oldOf(file));
    },
  };
}

async function writeDraft(file: FileToReplace): Promise<void> {
  const draft = draftOf(file);
  // Of a process that was killed.
  await rm(draft, { force: true });
  // Nobody else may read it before it has its owner; and whoever may write into the folder cannot
  // lead us elsewhere by a link.
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(file.content);
    if (file.owner !== undefined) await handle.chown(file.owner.uid, file.owner.gid);
    await handle.chmod(file.mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function keepOld(file: FileToReplace): Promise<void> {
  const old = oldOf(file);
  await rm(old, { force: true });
  await link(file.path, old).catch((thrown: unknown) => {
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
  });
}

async function putBack(files: readonly FileToReplace[]): Promise<void> {
  for (const file of files) {
    try {
      await rename(oldOf(file), file.path);
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOENT') throw unwritable(file.path, thrown);
      // There was none before.
      await discard(file.path);
    }
  }
}

async function discard(...paths: readonly string[]): Promise<void> {
  // What is left is replaced the next time.
  for (const path of paths) await rm(path, { force: true }).catch(() => {});
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function draftOf({ path }: FileToReplace): string {
  return join(dirname(path), `.${basename(path)}.certctl-new`);
}

function oldOf({ path }: FileToReplace): string {
  return join(dirname(path), `.${basename(path)}.certctl-old`);
}

function blame({ path }: Pick<FileToReplace, 'path'>): (thrown: unknown) => never {
  return (thrown) => {
    throw unwritable(path, thrown);
  };
}

function unwritable(path: string, cause: unknown): AppError {
  const code = systemCode(cause);
  const reason = REASONS[code ?? ''] ?? `the system says ${code ?? String(cause)}`;
  return new AppError('file/unwritable', `cannot write ${path}: ${reason}`, {
    mend: 'Create the folder, and let the user that runs certctl write into it.',
    context: { path },
    cause,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is no folder',
  EACCES: 'it is not permitted',
  EPERM: 'it is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'there is a folder of that name',
};
