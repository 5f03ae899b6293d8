/**
 * Reads a key-encryption key file that nobody but its owner can read.
 *
 * @module
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError, systemCode } from '../../core/errors.ts';
import { type DatedKek, MOST_KEK_FILE_BYTES, parseKekFile } from './format.ts';

/**
 * The keys; `undefined` when there is no file.
 *
 * @throws `keyring/corrupt`, `permission/denied`.
 */
export async function readKekFile(
  path: string,
): Promise<readonly [DatedKek, ...DatedKek[]] | undefined> {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    await checkFile(file, path);
    const keks = parseKekFile(await file.readFile('utf8'));
    if (typeof keks === 'string') throw corrupt(path, keks);
    return keks;
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    // Opening a named pipe would otherwise wait for its writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      throw denied(
        path,
        'cannot be read by this user',
        `Give ${path} to the user that runs certctl.`,
      );
    }
    throw corrupt(path, 'it cannot be read', thrown);
  }
}

async function checkFile(file: FileHandle, path: string): Promise<void> {
  const stats = await file.stat();
  if (!stats.isFile()) throw corrupt(path, 'it is not a file');
  if (stats.size > MOST_KEK_FILE_BYTES) throw corrupt(path, 'it is far too large');
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    throw denied(path, `is open to other users (mode ${mode})`, `Run: chmod 600 ${path}`);
  }
}

function corrupt(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('keyring/corrupt', `cannot use the key-encryption key ${path}: ${reason}`, {
    mend: 'Restore the file from its backup: without it no stored private key can be opened.',
    context: { path },
    cause,
  });
}

function denied(path: string, reason: string, mend: string): AppError {
  return new AppError('permission/denied', `the key-encryption key ${path} ${reason}`, {
    mend,
    context: { path },
  });
}
