/**
 * Creates a key-encryption key file whole or not at all, once.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, systemCode } from '../../core/errors.ts';
import { newId } from '../../core/id.ts';
import { KEK_BYTES } from '../envelope.ts';
import { encodeKekFile } from './format.ts';

/**
 * Does nothing when another process is first.
 *
 * @throws `keyring/unwritable`.
 */
export async function createKekFile(path: string, now: Date): Promise<void> {
  const id = newId(now);
  const key = randomBytes(KEK_BYTES);
  const draft = `${path}.${id}`;
  try {
    try {
      await writeDurably(draft, encodeKekFile({ id, key }, now));
      await linkOnce(draft, path);
    } finally {
      key.fill(0);
      await removeDraft(draft);
    }
    await syncDirectory(dirname(path));
  } catch (thrown) {
    throw new AppError('keyring/unwritable', `cannot create the key-encryption key ${path}`, {
      mend: 'Make its directory writable for the user that runs certctl, and see that the disk has space.',
      context: { path },
      cause: thrown,
    });
  }
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
