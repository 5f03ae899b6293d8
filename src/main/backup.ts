/**
 * One file with the state of a data directory, taken while everything runs.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { copyDatabase, inspectDatabase } from '../store/sqlite/copy.ts';
import { type BackupPart, chunksOf, writeBackupFile } from './backup-file.ts';
import { DATABASE } from './control.ts';
import { createKekSource, keyringFileOf } from './kek-source.ts';
import { readVersion } from './version.ts';

export interface BackupRequest {
  readonly config: Pick<Config, 'dataDir' | 'keyring'>;
  /** Where to; absolute. */
  readonly path: string;
  /** The key-encryption keys as well. What is no secret of its own is always there. */
  readonly withKey: boolean;
  readonly clock: Clock;
}

export interface BackupResult {
  readonly written: string;
  /** The keys without which it opens nothing. */
  readonly kekIds: readonly string[];
  readonly hasKey: boolean;
}

const MOST_ATTEMPTS = 5;

export async function backUp(request: BackupRequest, signal: AbortSignal): Promise<BackupResult> {
  const { config, path, withKey, clock } = request;
  const database = join(config.dataDir, DATABASE);
  if (!existsSync(database)) throw nothingThere(config.dataDir);
  const keyringFile = keyringFileOf(config);
  if (withKey && keyringFile?.holdsKeys !== true) throw keyElsewhere(config);
  const included = withKey || keyringFile?.holdsKeys === false ? keyringFile : undefined;
  const copy = `${path}.${randomUUID()}.db`;
  try {
    const key = await copyWith(included?.path, async () => {
      signal.throwIfAborted();
      await rm(copy, { force: true });
      await copyDatabase(database, copy);
    });
    // What cannot be restored is no backup.
    const { kekIds } = await inspectDatabase(copy);
    if (withKey) await checkKeys(config, clock, kekIds, signal);
    const parts: BackupPart[] = [{ name: DATABASE, read: () => read(copy) }];
    if (included !== undefined && key !== undefined) {
      parts.push({ name: included.name, read: () => [key] });
    }
    const about = {
      createdAt: clock.now().toISOString(),
      certctl: readVersion(),
      keyring: config.keyring.source,
      kekIds: [...kekIds],
    };
    signal.throwIfAborted();
    await writeBackupFile(path, about, parts);
    return { written: path, kekIds, hasKey: withKey };
  } finally {
    await rm(copy, { force: true });
  }
}

/**
 * Copies, and reads the keyring's file; both fit together, since a rotation changes the file before
 * the first and after the last secret, and then all is done again.
 */
async function copyWith(
  keyringPath: string | undefined,
  copy: () => Promise<void>,
): Promise<Buffer | undefined> {
  if (keyringPath === undefined) {
    await copy();
    return undefined;
  }
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    const before = await readKeyring(keyringPath);
    await copy();
    if (before.equals(await readKeyring(keyringPath))) return before;
  }
  throw new AppError('lease/held', 'cannot back up the keys: they are being rotated', {
    mend: 'Wait until certctl keyring rotate is done, and try again.',
  });
}

async function readKeyring(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    throw new AppError('file/unreadable', `cannot read ${path}`, {
      mend: 'Make it readable for the user that runs certctl.',
      cause: thrown,
    });
  }
}

async function* read(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path);
  yield* chunksOf(file, 0, (await file.stat()).size);
}

async function checkKeys(
  config: BackupRequest['config'],
  clock: Clock,
  kekIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const keks = await createKekSource(config, clock).reload(signal);
  const missing = kekIds.filter((id) => !keks.some((kek) => kek.id === id));
  if (missing.length === 0) return;
  throw new AppError('keyring/mismatch', `the keyring lacks the key ${missing.join(', ')}`, {
    mend: 'See certctl keyring status.',
  });
}

function nothingThere(dataDir: string): AppError {
  return new AppError('file/unreadable', `there is no database in ${dataDir}`, {
    mend: 'Name the data directory with --data-dir.',
  });
}

function keyElsewhere({ keyring }: BackupRequest['config']): AppError {
  return new AppError('usage/invalid', `the source ${keyring.source} keeps its keys elsewhere`, {
    mend: 'Leave out --with-key, and keep a copy of the key by the means of its source.',
  });
}
