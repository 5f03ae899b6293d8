import { describe, expect, it } from 'vitest';
import { type Accounts, chooseWorkerUser } from './worker-user.ts';

const ROOT: Accounts = {
  isRoot: true,
  uid: 0,
  passwd: `root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin
www:x:33:34::/:/bin/false
`,
  group: 'root:x:0:\nweb:x:77:www\n',
};

describe('chooseWorkerUser', () => {
  it.each([
    [{}, { uid: 65_534, gid: 65_533 }],
    [{ user: 'www' }, { uid: 33, gid: 34 }],
    [{ user: '33' }, { uid: 33, gid: 34 }],
    [{ user: '4000' }, { uid: 4_000, gid: 4_000 }],
    [
      { user: 'www', group: 'web' },
      { uid: 33, gid: 77 },
    ],
    [{ group: '78' }, { uid: 65_534, gid: 78 }],
  ])('takes for %j as root %j', (config, expected) => {
    expect(chooseWorkerUser(config, ROOT)).toEqual(expected);
  });

  it('prefers the user certctl to nobody', () => {
    const passwd = `${ROOT.passwd}certctl:x:990:991::/:/bin/false\n`;
    expect(chooseWorkerUser({}, { ...ROOT, passwd })).toEqual({ uid: 990, gid: 991 });
  });

  it.each([
    [{ user: 'wwww' }, /there is no user wwww/],
    [{ user: 'www', group: 'webb' }, /there is no group webb/],
    [{ user: 'www', group: 'root' }, /root's group/],
    [{ user: 'root' }, /is root/],
  ])('refuses %j', (config, message) => {
    expect(() => chooseWorkerUser(config, ROOT)).toThrow(message);
  });

  it('refuses where there is nobody to become', () => {
    expect(() => chooseWorkerUser({}, { ...ROOT, passwd: '' })).toThrow(/no user nobody/);
  });

  it('changes nothing for others than root, who may name only themselves', () => {
    const www = { ...ROOT, isRoot: false, uid: 33 };
    expect(chooseWorkerUser({}, www)).toBeUndefined();
    expect(chooseWorkerUser({ user: 'www' }, www)).toBeUndefined();
    expect(() => chooseWorkerUser({ user: 'nobody' }, www)).toThrow(/only root/);
  });
});
