/**
 * Data directories, databases and keys that cannot be used; no CA is asked in any of these.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { runCertctl } from '../support/certctl.ts';
import { canMountDisks, openMountedDisk } from '../support/mounted-disk.ts';
import { type Refusal, expectRefusal, tracesIn } from '../support/refusal.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';
const ISSUE = ['issue', NAME, '--issuer', 'internal'];

/** A data directory in which one certificate of the internal CA lies. */
async function fill(dir: TempDir): Promise<string> {
  const data = dir.file('data');
  const issued = await runCertctl([...ISSUE, '--data-dir', data]);
  expect(issued).toMatchObject({ status: 0 });
  return data;
}

describe.concurrent('a data directory', () => {
  const unwritable = { status: 73, mend: /writable|--data-dir/ };

  it('below a file is refused', async () => {
    await using dir = await openTempDir();
    await writeFile(dir.file('file'), '');
    const args = [...ISSUE, '--data-dir', dir.file('file/data')];
    await expectRefusal(args, {
      ...unwritable,
      message: /cannot use the data directory .*file\/data/,
    });
  });

  it('that is a file is refused, and the file stays', async () => {
    await using dir = await openTempDir();
    await writeFile(dir.file('data'), 'mine');
    const args = [...ISSUE, '--data-dir', dir.file('data')];
    await expectRefusal(args, { ...unwritable, message: 'cannot use the data directory' });
    expect(await readFile(dir.file('data'), 'utf8')).toBe('mine');
  });

  it('in which others may write is refused', async () => {
    await using dir = await openTempDir();
    await mkdir(dir.file('data'));
    await chmod(dir.file('data'), 0o777);
    const args = [...ISSUE, '--data-dir', dir.file('data')];
    await expectRefusal(args, { status: 77, message: 'mode 0777', mend: 'chmod go-w' });
    expect(await tracesIn(dir.file('data'))).toMatchObject({ files: [] });
  });

  it('that is made is open to its owner alone, and so is all that is in it', async () => {
    await using dir = await openTempDir();
    const data = await fill(dir);
    const { files = [] } = await tracesIn(data);
    const paths = [data, ...files.map((name) => `${data}/${name}`)];
    for (const path of paths) expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it.skipIf(!canMountDisks())(
    'on a read-only disk shows what is there, and refuses more',
    async () => {
      await using dir = await openTempDir();
      await using disk = await openMountedDisk(4_096);
      const filled = await fill(dir);
      for (const name of ['certctl.db', 'keyring.json']) {
        await copyFile(`${filled}/${name}`, disk.file(name));
      }
      disk.makeReadOnly();
      const args = ['issue', 'other.example.com', '--issuer', 'internal', '--data-dir', disk.path];
      await expectRefusal(args, { ...unwritable, message: 'cannot be written' });
      await expectRefusal([...ISSUE, '--data-dir', disk.file('new')], {
        ...unwritable,
        message: 'cannot use the data directory',
      });
    },
  );

  it.skipIf(!canMountDisks())(
    'on a full disk is refused, and used when there is space',
    async () => {
      await using disk = await openMountedDisk(160);
      await writeFile(disk.file('filler'), Buffer.alloc(120 * 1_024));
      const args = [...ISSUE, '--data-dir', disk.file('data')];
      await expectRefusal(args, {
        status: 73,
        message: /disk is full|cannot create/,
        mend: /space/,
      });
      await rm(disk.file('filler'));
      execFileSync('mount', ['-o', 'remount,size=4096k', disk.path], { stdio: 'pipe' });
      expect(await runCertctl(args)).toMatchObject({ status: 0 });
    },
  );
});

describe.concurrent('a database', () => {
  it('of a newer version is left alone', async () => {
    await using dir = await openTempDir();
    const data = await fill(dir);
    const database = new Database(`${data}/certctl.db`);
    database.exec(`INSERT INTO schema_migrations VALUES (9999, 'of-the-future', 0)`);
    database.close();
    const refusal = { status: 78, message: 'has schema 9999', mend: /certctl/ };
    await expectRefusal(['list', '--data-dir', data], refusal);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['that is text', (path) => writeFile(path, 'not a database at all, '.repeat(400))],
    ['that was cut in the middle', (path) => truncate(path, 40_000)],
    [
      'with a damaged page',
      async (path) => {
        const bytes = await readFile(path);
        for (let page = 4_096; page < bytes.length; page += 4_096)
          bytes.fill(0xff, page, page + 64);
        await writeFile(path, bytes);
      },
    ],
  ])('%s is reported as damaged', async (_title, damage) => {
    await using dir = await openTempDir();
    const data = await fill(dir);
    await damage(`${data}/certctl.db`);
    const refusal = { status: 73, message: 'damaged', mend: 'backup' };
    await expectRefusal(['show', NAME, '--data-dir', data], refusal);
  });
});

describe.concurrent('a key-encryption key', () => {
  const replace = (text: string) => (path: string) => writeFile(path, text, { mode: 0o600 });
  it.each<[string, (path: string) => Promise<void>, Refusal]>([
    ['that is damaged', replace('{'), { status: 78, message: 'it is not JSON', mend: 'backup' }],
    [
      'that has lost its keys',
      replace('{"version":1,"keys":[]}'),
      { status: 78, message: 'keys is wrong', mend: 'backup' },
    ],
    ['that is gone', rm, { status: 78, message: 'is gone', mend: 'backup' }],
    [
      'that others can read',
      (path) => chmod(path, 0o644),
      { status: 77, message: 'mode 0644', mend: 'chmod 600' },
    ],
    [
      'of another database',
      async (path) => {
        await using other = await openTempDir();
        await copyFile(`${await fill(other)}/keyring.json`, path);
      },
      { status: 78, message: 'is not in the keyring', mend: 'belongs to this database' },
    ],
  ])('%s stops everything, and the database stays as it is', async (_title, spoil, refusal) => {
    await using dir = await openTempDir();
    const data = await fill(dir);
    const path = `${data}/keyring.json`;
    const key = await readFile(path, 'utf8');
    const secret = /"key": "([^"]+)"/.exec(key)?.[1] ?? '';
    await spoil(path);
    for (const args of [
      ['issue', 'other.example.com', '--issuer', 'internal'],
      ['export', NAME, '--with-key'],
    ]) {
      const { stderr } = await expectRefusal([...args, '--data-dir', data], refusal);
      expect(secret).toHaveLength(43);
      expect(stderr).not.toContain(secret);
    }
    await writeFile(path, key, { mode: 0o600 });
    await chmod(path, 0o600);
    const { certificates } = await tracesIn(data);
    expect(certificates.map(({ spec }) => spec.names)).toEqual([[NAME]]);
    const again = await runCertctl(['export', NAME, '--with-key', '--data-dir', data]);
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('PRIVATE KEY') });
  });
});
