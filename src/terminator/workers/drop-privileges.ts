/**
 * From root to a user that may do nothing else, for good.
 *
 * @module
 */
import { AppError } from '../../core/errors.ts';

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Does nothing for a process that is this user already.
 *
 * @throws `permission/denied` when the system does not let us, or would let us back.
 */
export function dropPrivileges({ uid, gid }: RunAs, system: PosixProcess = process): void {
  if (system.getuid?.() === uid && system.geteuid?.() === uid) return;
  try {
    // Groups first: afterwards nobody may change them. Root's own groups would stay otherwise.
    system.setgroups?.([gid]);
    system.setgid?.(gid);
    system.setuid?.(uid);
  } catch (cause) {
    throw new AppError('permission/denied', `becoming user ${uid} and group ${gid} failed`, {
      cause,
      mend: 'Grant CAP_SETUID and CAP_SETGID, or start certctl serve as the user itself.',
    });
  }
  const isUser = system.getuid?.() === uid && system.geteuid?.() === uid;
  const isGroup = system.getgid?.() === gid && system.getegid?.() === gid;
  if (!isUser || !isGroup || canReturn(system)) {
    throw new AppError('permission/denied', `the worker is still more than user ${uid}`, {
      mend: 'Start certctl serve as a user of its own instead of root.',
    });
  }
}

export type PosixProcess = Pick<
  NodeJS.Process,
  'getuid' | 'geteuid' | 'getgid' | 'getegid' | 'setgroups' | 'setgid' | 'setuid'
>;

function canReturn({ setuid }: PosixProcess): boolean {
  try {
    setuid?.(0);
    return true;
  } catch {
    return false;
  }
}
