/**
 * What SQLite and the file system report, as errors of the store.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { AppError, type ErrorCode, systemCode } from '../../core/errors.ts';

interface Fault {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly mend?: string;
}

const CONFLICT: Fault = { code: 'store/conflict', reason: 'a record with the same key exists' };
const ORPHAN: Fault = { code: 'store/conflict', reason: 'a record that it refers to is gone' };

const BUSY: Fault = {
  code: 'store/busy',
  reason: 'another process holds the database',
  mend: 'Wait until the other certctl process has finished, then try again.',
};

const FULL: Fault = {
  code: 'store/unwritable',
  reason: 'the disk is full',
  mend: 'Free space on the disk that holds the data directory.',
};

const READ_ONLY: Fault = {
  code: 'store/unwritable',
  reason: 'the database cannot be written here',
  mend: 'Make the data directory writable for the user that runs certctl, or name another one with --data-dir.',
};

const CORRUPT: Fault = {
  code: 'store/corrupt',
  reason: 'the file is damaged, or is not a database',
  mend: 'Stop certctl and restore the database from a backup, or move the file away to start with an empty one.',
};

/** The longest matching start of an extended result code decides. */
const SQLITE_FAULTS: Readonly<Record<string, Fault>> = {
  SQLITE_BUSY: BUSY,
  SQLITE_LOCKED: BUSY,
  SQLITE_FULL: FULL,
  SQLITE_READONLY: READ_ONLY,
  SQLITE_CANTOPEN: READ_ONLY,
  SQLITE_PERM: READ_ONLY,
  SQLITE_IOERR: { ...READ_ONLY, reason: 'reading or writing the disk failed' },
  SQLITE_IOERR_SHMSIZE: FULL,
  SQLITE_CORRUPT: CORRUPT,
  SQLITE_NOTADB: CORRUPT,
  SQLITE_FORMAT: CORRUPT,
  SQLITE_CONSTRAINT_UNIQUE: CONFLICT,
  SQLITE_CONSTRAINT_PRIMARYKEY: CONFLICT,
  SQLITE_CONSTRAINT_FOREIGNKEY: ORPHAN,
};

const SYSTEM_FAULTS: Readonly<Record<string, Fault>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: READ_ONLY,
  EACCES: READ_ONLY,
  EPERM: READ_ONLY,
  ENOTDIR: READ_ONLY,
  ENOENT: READ_ONLY,
  EISDIR: READ_ONLY,
  EEXIST: READ_ONLY,
  ELOOP: READ_ONLY,
  ENAMETOOLONG: READ_ONLY,
};

/**
 * `thrown` as the store's contract names it; `task` completes "cannot …". A fault that is nobody's
 * but ours comes back as it is.
 */
export function storeError(thrown: unknown, task: string): unknown {
  if (thrown instanceof AppError) return thrown;
  const fault = faultOf(thrown);
  if (fault === undefined) return thrown;
  return new AppError(fault.code, `cannot ${task}: ${fault.reason}`, {
    mend: fault.mend,
    cause: thrown,
  });
}

/** The error of a method whose record was changed or removed by somebody else. */
export function conflict(task: string, reason: string): AppError {
  return new AppError('store/conflict', `cannot ${task}: ${reason}`);
}

function faultOf(thrown: unknown): Fault | undefined {
  const code = systemCode(thrown);
  if (code === undefined) return undefined;
  if (!(thrown instanceof Database.SqliteError)) return SYSTEM_FAULTS[code];
  const words = code.split('_');
  for (let count = words.length; count > 1; count -= 1) {
    const fault = SQLITE_FAULTS[words.slice(0, count).join('_')];
    if (fault !== undefined) return fault;
  }
  return undefined;
}
