/**
 * A private folder for one call of a script, which is gone afterwards: at the latest at the next
 * call, when this process was killed meanwhile.
 *
 * @module
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../core/errors.ts';

export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

export async function openScratchFolder(parent: string): Promise<ScratchFolder> {
  await removeAbandoned(parent);
  // Only the owner may enter what mkdtemp makes.
  const path = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, pid] = ABANDONED.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Whoever else has made it may keep it.
    await remove(join(parent, name)).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return systemCode(thrown) !== 'ESRCH';
  }
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}

const PREFIX = 'certctl-acmesh-';
const ABANDONED = /^certctl-acmesh-(\d{1,10})-\w{6}$/;
