/**
 * Mutual exclusion between processes by a directory that only one of them can make.
 *
 * @module
 */
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemCode } from '../../src/core/errors.ts';

const POLL_MS = 200;

/**
 * Holds `path` until disposed. A lock older than `abandonedAfterMs` belongs to a process that died:
 * nobody may hold it longer.
 */
export async function openLock(path: string, abandonedAfterMs: number): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await isTaken(path))) {
    const age = await ageOf(path);
    if (age !== undefined && age > abandonedAfterMs) {
      await rm(path, { recursive: true, force: true });
    } else {
      await wait(POLL_MS);
    }
  }
  return { [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

async function ageOf(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}
