/**
 * The directory that holds the database, the key-encryption key and the socket.
 *
 * @module
 */
import { mkdir, stat } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { storeError } from './store-error.ts';

/**
 * Creates the directory for its owner alone where there is none. One that exists is taken as it is,
 * unless others could replace the files in it.
 *
 * @throws `store/unwritable`, `permission/denied`.
 */
export async function prepareDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const { mode } = await stat(path);
    if ((mode & 0o022) !== 0) throw writableByOthers(path, mode);
  } catch (thrown) {
    throw storeError(thrown, `use the data directory ${path}`);
  }
}

function writableByOthers(path: string, mode: number): AppError {
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  return new AppError(
    'permission/denied',
    `the data directory ${path} is writable for other users (mode ${shown})`,
    { mend: `Run: chmod go-w ${path}`, context: { path, mode: shown } },
  );
}
