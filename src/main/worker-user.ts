/**
 * Whom terminator workers become, so that none that has met a client is root.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import { AppError } from '../core/errors.ts';
import type { RunAs } from '../terminator/workers/drop-privileges.ts';

export interface Accounts {
  readonly isRoot: boolean;
  readonly uid: number;
  /** The text of `/etc/passwd` and `/etc/group`. */
  readonly passwd: string;
  readonly group: string;
}

/** Without a wish of the configuration: made for us, or made for nobody. */
const USUAL_USERS = ['certctl', 'nobody'];

/** `undefined` for a control process that is no root: its workers are what it is. */
export async function workerUser(config: Config): Promise<RunAs | undefined> {
  const uid = process.geteuid?.() ?? -1;
  return chooseWorkerUser(config, {
    isRoot: uid === 0,
    uid,
    passwd: await textOf('/etc/passwd'),
    group: await textOf('/etc/group'),
  });
}

/** @throws `config/invalid` */
export function chooseWorkerUser(
  { user, group }: Pick<Config, 'user' | 'group'>,
  accounts: Accounts,
): RunAs | undefined {
  const users = rowsOf(accounts.passwd);
  if (!accounts.isRoot) {
    if (user !== undefined && idOf(users, user) !== accounts.uid) throw notRoot(user);
    return undefined;
  }
  const wanted = user ?? USUAL_USERS.find((name) => users.has(name));
  if (wanted === undefined) {
    throw new AppError('config/invalid', 'there is no user nobody for the terminator workers', {
      mend: 'Create a user for them and name it as user: in the configuration.',
    });
  }
  const uid = idOf(users, wanted) ?? unknown('user', wanted);
  const gid =
    group === undefined
      ? Number(users.get(wanted)?.[PRIMARY_GROUP] ?? NaN) || groupOfId(users, uid) || uid
      : (idOf(rowsOf(accounts.group), group) ?? unknown('group', group));
  if (uid === 0 || gid === 0) {
    throw new AppError('config/invalid', `user ${wanted} is root, or in root's group`, {
      mend: 'Name a user and a group without privileges: workers never run as root.',
    });
  }
  return { uid, gid };
}

/** A system without the file names its users elsewhere: ids are left. */
function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Positions in a row of `/etc/passwd`; the id is at the same place in `/etc/group`. */
const ID = 2;
const PRIMARY_GROUP = 3;

function rowsOf(text: string): Map<string, string[]> {
  const rows = text.split('\n').map((line) => line.split(':'));
  return new Map(rows.filter((row) => row.length > ID).map((row) => [row[0] ?? '', row]));
}

function idOf(rows: Map<string, string[]>, nameOrId: string): number | undefined {
  if (/^\d+$/.test(nameOrId)) return Number(nameOrId);
  const id = rows.get(nameOrId)?.[ID];
  return id === undefined ? undefined : Number(id);
}

function groupOfId(users: Map<string, string[]>, uid: number): number | undefined {
  const row = [...users.values()].find((one) => Number(one[ID]) === uid);
  return row === undefined ? undefined : Number(row[PRIMARY_GROUP]);
}

function unknown(kind: 'user' | 'group', name: string): never {
  throw new AppError('config/invalid', `${kind}: there is no ${kind} ${name} here`, {
    mend: `Create it, or write another ${kind}; an id is taken as it is.`,
  });
}

function notRoot(user: string): AppError {
  return new AppError('config/invalid', `user: only root can let workers become ${user}`, {
    mend: 'Remove user from the configuration, or start certctl serve as root.',
  });
}
