/**
 * Writes a key-encryption key file whole or not at all.
 *
 * @module
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, systemCode } from '../../core/errors.ts';
import { newId } from '../../core/id.ts';
import { KEK_BYTES } from '../envelope.ts';
import { type DatedKek, encodeKekFile } from './format.ts';

/**
 * Creates the file with one key. Does nothing when another process is first.
 *
 * @throws `keyring/unwritable`.
 */
export async function createKekFile(path: string, now: Date): Promise<void> {
  const kek = newKek(now);
  try {
    await withDraft(path, encodeKekFile([kek]), (draft) => linkOnce(draft, path));
  } catch (thrown) {
    throw unwritable('create', path, thrown);
  } finally {
    kek.key.fill(0);
  }
}

/**
 * Replaces the file in one step; where `path` is a link, what it points to.
 *
 * @throws `keyring/unwritable`.
 */
export async function replaceKekFile(path: string, keks: readonly DatedKek[]): Promise<void> {
  try {
    const target = await realpath(path);
    await withDraft(target, encodeKekFile(keks), (draft) => rename(draft, target));
  } catch (thrown) {
    throw unwritable('change', path, thrown);
  }
}

export function newKek(now: Date): DatedKek {
  return { id: newId(now), key: randomBytes(KEK_BYTES), createdAt: now };
}

/** Writes a durable draft beside `path`, lets `put` give it that name, and makes the name durable. */
async function withDraft(
  path: string,
  text: string,
  put: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeDurably(draft, text);
    await put(draft);
  } finally {
    await removeDraft(draft);
  }
  await syncDirectory(dirname(path));
}

function unwritable(verb: 'create' | 'change', path: string, cause: unknown): AppError {
  return new AppError('keyring/unwritable', `cannot ${verb} the key-encryption key ${path}`, {
    mend: 'Make its directory writable for the user that runs certctl, and see that the disk has space.',
    context: { path },
    cause,
  });
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Unlike renaming, linking never replaces: of several processes one wins. */
async function linkOnce(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown;
  }
}

async function removeDraft(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
  }
}

/** The name is durable before the first secret is sealed with the key. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
