/**
 * Gathers what the checks of this machine's set-up judge.
 *
 * @module
 */
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineFacts } from '../lifecycle/preflight/facts.ts';
import { checkIntegrity } from '../store/sqlite/check-integrity.ts';
import { DATABASE } from './control.ts';

/** To be called before anything is opened: opening makes what is missing. */
export async function gatherMachineFacts(
  dataDir: string,
  hasDaemon: boolean,
): Promise<MachineFacts> {
  const databaseFaults = checkIntegrity(join(dataDir, DATABASE));
  const found = await findDirectory(dataDir);
  return {
    dataDir: { path: dataDir, ...(found === undefined ? {} : { found }) },
    ...(databaseFaults === undefined ? {} : { databaseFaults }),
    hasDaemon,
  };
}

async function findDirectory(path: string): Promise<MachineFacts['dataDir']['found']> {
  try {
    const [{ mode }, { bavail, bsize }] = await Promise.all([stat(path), statfs(path)]);
    return { mode, freeBytes: bavail * bsize };
  } catch {
    // Who cannot look at it is told so when it is opened.
    return undefined;
  }
}
