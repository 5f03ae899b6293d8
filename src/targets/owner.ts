/**
 * Users and groups of the system by name.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';

export interface OwnerSettings {
  /** A name or an id. */
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** `undefined` when nothing is wanted. @throws `target/failed` for an unknown name. */
export async function findOwner({
  owner,
  group,
}: OwnerSettings): Promise<{ uid: number; gid: number } | undefined> {
  if (owner === undefined && group === undefined) return undefined;
  return {
    uid: owner === undefined ? UNCHANGED : await idOf('user', owner, '/etc/passwd'),
    gid: group === undefined ? UNCHANGED : await idOf('group', group, '/etc/group'),
  };
}

/** What chown takes for "as it is": all bits set. */
const UNCHANGED = 0xff_ff_ff_ff;

async function idOf(kind: 'user' | 'group', wanted: string, file: string): Promise<number> {
  if (/^\d+$/.test(wanted)) return Number(wanted);
  const text = await readFile(file, 'utf8').catch(() => '');
  const row = text.split('\n').find((line) => line.startsWith(`${wanted}:`));
  const id = row?.split(':')[2];
  if (id !== undefined) return Number(id);
  throw new AppError('target/failed', `there is no ${kind} ${wanted} here`, {
    mend: `Create it, or write its id instead.`,
  });
}
