import { describe, expect, it } from 'vitest';
import { dropPrivileges, type PosixProcess } from './drop-privileges.ts';

const NOBODY = { uid: 65_534, gid: 65_533 };

describe('dropPrivileges', () => {
  it('gives up groups, group and user, in this order', () => {
    const { system, calls } = create({ uid: 0 });
    dropPrivileges(NOBODY, system);
    expect(calls).toEqual(['setgroups 65533', 'setgid 65533', 'setuid 65534', 'setuid 0']);
  });

  it('does nothing for who is the user already', () => {
    const { system, calls } = create({ uid: NOBODY.uid });
    dropPrivileges(NOBODY, system);
    expect(calls).toEqual([]);
  });

  it('fails when the system does not let it', () => {
    const { system } = create({ uid: 1_000 });
    expect(() => dropPrivileges(NOBODY, system)).toThrow(
      expect.objectContaining({ code: 'permission/denied' }),
    );
  });

  it('fails when it could become root again', () => {
    const { system } = create({ uid: 0, returns: true });
    expect(() => dropPrivileges(NOBODY, system)).toThrow(/still more than user 65534/);
  });
});

function create({ uid, returns = false }: { uid: number; returns?: boolean }) {
  const calls: string[] = [];
  const now = { uid, gid: uid };
  const asRoot = (call: string, change: () => void): void => {
    if (now.uid !== 0 && !returns) {
      if (call === 'setuid 0') calls.push(call);
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    }
    calls.push(call);
    if (call !== 'setuid 0') change();
  };
  const system: PosixProcess = {
    getuid: () => now.uid,
    geteuid: () => now.uid,
    getgid: () => now.gid,
    getegid: () => now.gid,
    setgroups: (groups) => asRoot(`setgroups ${groups.join(' ')}`, () => {}),
    setgid: (id) => asRoot(`setgid ${id}`, () => (now.gid = Number(id))),
    setuid: (id) => asRoot(`setuid ${id}`, () => (now.uid = Number(id))),
  };
  return { system, calls };
}
