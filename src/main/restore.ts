/**
 * Puts a backup into a data directory: checked first, then in one step, the old state kept aside.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isListening } from '../api/client.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { createKeyring } from '../keyring/create-keyring.ts';
import {
  type InspectedDatabase,
  inspectDatabase,
  releaseCopy,
  seizeDatabase,
} from '../store/sqlite/copy.ts';
import { prepareDataDir } from '../store/sqlite/prepare-data-dir.ts';
import { type OpenBackup, openBackupFile } from './backup-file.ts';
import { DATABASE } from './control.ts';
import { createKekSource, keyringFileOf } from './kek-source.ts';

export interface RestoreRequest {
  readonly config: Pick<Config, 'dataDir' | 'keyring'>;
  readonly path: string;
  readonly socketPath: string;
  /** Also over a state that is there. */
  readonly isForced: boolean;
  readonly clock: Clock;
}

export interface RestoreResult {
  readonly dataDir: string;
  readonly createdAt: string;
  /** Whether the keyring's file came from the backup, too. */
  readonly hasKeyring: boolean;
  /** Where the state before is now. */
  readonly kept: readonly string[];
}

export async function restore(
  request: RestoreRequest,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const { config, path, socketPath } = request;
  const { dataDir } = config;
  await using backup = await openBackupFile(path);
  const target = join(dataDir, DATABASE);
  refuseOccupied(request, target);
  await prepareDataDir(dataDir);
  if (await isListening(socketPath)) throw runs(dataDir);

  const drafts = new Drafts();
  try {
    const draft = drafts.beside(target);
    await backup.extract(DATABASE, draft);
    const inspected = await inspectDatabase(draft);
    const keyring = await proveKeyring({ request, backup, inspected, drafts }, signal);
    releaseCopy(draft);
    signal.throwIfAborted();

    const kept: string[] = [];
    using seized = new DisposableStack();
    if (existsSync(target)) seized.use(seizeDatabase(target));
    // First the key: a stop between the two leaves a pair that refuses to open, and another
    // restore of the same backup mends it.
    if (keyring !== undefined) kept.push(...(await replace(keyring.path, keyring.draft)));
    kept.push(...(await setLogAside(target)), ...(await replace(target, draft)));
    return {
      dataDir,
      createdAt: backup.manifest.createdAt,
      hasKeyring: keyring !== undefined,
      kept,
    };
  } finally {
    await drafts.remove();
  }
}

class Drafts {
  readonly #paths: string[] = [];

  beside(path: string): string {
    const draft = `${path}.${randomUUID()}`;
    this.#paths.push(draft, `${draft}-journal`);
    return draft;
  }

  async remove(): Promise<void> {
    for (const path of this.#paths) await rm(path, { force: true });
  }
}

interface Proof {
  readonly request: RestoreRequest;
  readonly backup: OpenBackup;
  readonly inspected: InspectedDatabase;
  readonly drafts: Drafts;
}

interface KeyringDraft {
  readonly path: string;
  readonly draft: string;
}

/** Nothing when the keys that are there open the backup; its own keyring file when that does. */
async function proveKeyring(
  { request, backup, inspected, drafts }: Proof,
  signal: AbortSignal,
): Promise<KeyringDraft | undefined> {
  const { config, clock } = request;
  if (inspected.kekIds.length === 0) return undefined;
  try {
    await openCheck(config, inspected, clock, signal);
    return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    const file = keyringFileOf(config);
    const isThere = backup.manifest.parts.some(({ name }) => name === file?.name);
    if (file === undefined || !isThere) throw thrown;
    const draft = drafts.beside(file.path);
    await backup.extract(file.name, draft);
    const { keyring } = config;
    const changed =
      keyring.source === 'passphrase'
        ? { ...keyring, saltPath: draft }
        : ({ source: 'file', path: draft } as const);
    await openCheck({ ...config, keyring: changed }, inspected, clock, signal);
    if (existsSync(file.path) && !request.isForced) throw occupied(file.path);
    return { path: file.path, draft };
  }
}

async function openCheck(
  config: RestoreRequest['config'],
  { check, kekIds }: InspectedDatabase,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const keyring = createKeyring(await createKekSource(config, clock).reload(signal));
  const missing = kekIds.filter((id) => !keyring.kekIds.includes(id));
  if (missing.length > 0) {
    throw new AppError(
      'keyring/mismatch',
      `the keyring does not open this backup: it lacks the key ${missing.join(', ')}`,
      { mend: 'Put the key of the time of the backup in place first.', context: { missing } },
    );
  }
  if (check !== undefined) keyring.open(check.id, check.sealed);
}

/**
 * The new file takes the name of the old one, which stays under another name: at every instant one
 * of them is there.
 */
async function replace(path: string, draft: string): Promise<string[]> {
  const kept: string[] = [];
  const target = existsSync(path) ? await realpath(path) : path;
  if (existsSync(target)) {
    const aside = freeName(target);
    await link(target, aside);
    kept.push(aside);
  }
  await rename(draft, target);
  await using directory = await open(dirname(target), 'r');
  await directory.sync();
  return kept;
}

/** The log of a damaged database would be played into the new one. */
async function setLogAside(database: string): Promise<string[]> {
  const kept: string[] = [];
  for (const path of [`${database}-wal`, `${database}-shm`, `${database}-journal`]) {
    if (!existsSync(path)) continue;
    const aside = freeName(path);
    await rename(path, aside);
    kept.push(aside);
  }
  return kept;
}

function freeName(path: string): string {
  const first = `${path}.before-restore`;
  let name = first;
  for (let count = 2; existsSync(name); count += 1) name = `${first}-${count}`;
  return name;
}

function refuseOccupied({ isForced }: RestoreRequest, target: string): void {
  if (!isForced && existsSync(target)) throw occupied(target);
}

function occupied(path: string): AppError {
  return new AppError('store/occupied', `${path} is there already`, {
    mend: 'Name an empty data directory with --data-dir, or add --force, which keeps the old state aside.',
    context: { path },
  });
}

function runs(dataDir: string): AppError {
  return new AppError('daemon/running', `a daemon serves ${dataDir}`, {
    mend: 'Stop it first.',
  });
}
