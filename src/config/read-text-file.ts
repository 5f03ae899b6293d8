/**
 * Text files of bounded size, for everything that a configuration can name.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AppError, systemCode } from '../core/errors.ts';

/** @throws `file/unreadable` when it is no file, not readable, too long, or not UTF-8. */
export function readTextFile(path: string, mostBytes: number): string {
  const bytes = readBytes(path, mostBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(path, 'it is not UTF-8 text', cause);
  }
}

/** @throws `file/unreadable` when it is no file, not readable, or too long. */
export function readBytes(path: string, mostBytes: number): Uint8Array {
  let descriptor: number;
  try {
    // Without O_NONBLOCK a pipe that nobody writes to would block the process for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(path, reasonOf(cause), cause);
  }
  try {
    if (!fstatSync(descriptor).isFile()) throw unreadable(path, 'it is not a regular file');
    const buffer = Buffer.alloc(mostBytes + 1);
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (count === 0) break;
      length += count;
    }
    if (length > mostBytes) throw unreadable(path, `it has more than ${mostBytes} bytes`);
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function reasonOf(thrown: unknown): string {
  switch (systemCode(thrown)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'it does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'it is not permitted';
    default:
      return `the system says ${systemCode(thrown) ?? String(thrown)}`;
  }
}

function unreadable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('file/unreadable', `cannot read ${path}: ${reason}`, {
    mend: 'Correct the path, or make the file readable for the user that runs certctl.',
    context: { path },
    cause,
  });
}
