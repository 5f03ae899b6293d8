/**
 * The access log's file, made ready before workers without privileges open it.
 *
 * @module
 */
import { constants, open } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import type { AccessLogSettings } from '../terminator/access-log.ts';
import type { RunAs } from '../terminator/workers/drop-privileges.ts';

/**
 * Creates the file where it is missing. The workers' own user has it then.
 *
 * @throws `access-log/unavailable`
 */
export async function prepareAccessLog(
  settings: AccessLogSettings | undefined,
  runAs: RunAs | undefined,
): Promise<void> {
  const path = settings?.path;
  if (path === undefined) return;
  try {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    // A link, or a pipe that nobody reads, was put there by somebody else.
    const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    await using file = await open(path, flags, MODE);
    const found = await file.stat();
    if (!found.isFile()) throw new Error('it is no file');
    if (runAs === undefined) return;
    // Another owner was chosen by the operator; one with no right to write shows in the worker.
    if (found.uid === ROOT && found.size === 0) await file.chown(runAs.uid, runAs.gid);
  } catch (thrown) {
    throw new AppError('access-log/unavailable', `cannot write the access log ${path}`, {
      cause: thrown,
      mend: 'Create its directory, and let the user of the terminator workers write there.',
    });
  }
}

const MODE = 0o640;
const ROOT = 0;
