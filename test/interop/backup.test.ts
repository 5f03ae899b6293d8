/**
 * Backups that are taken while others write, and what restoring one refuses.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCertctl } from '../support/certctl.ts';
import { startDaemon } from '../support/daemon.ts';
import { openInternalControl } from '../support/internal-control.ts';
import { type ProgramResult, runProgram } from '../support/program.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

const ISSUING = fileURLToPath(new URL('../support/internal-issuing.ts', import.meta.url));
const NAME = 'app.example.com';

async function fill(data: string): Promise<Buffer> {
  await using control = await openInternalControl(data);
  await control.issue(NAME);
  return keyOf(data);
}

async function keyOf(data: string, name = NAME): Promise<Buffer> {
  await using control = await openInternalControl(data);
  return (await control.keyOf(name)).export({ type: 'pkcs8', format: 'der' });
}

async function certctl(...args: readonly string[]): Promise<ProgramResult> {
  const result = await runCertctl(args);
  expect(result).toMatchObject({ status: 0 });
  return result;
}

/** A private data directory with a copy of the key and nothing else. */
async function keyOnly(dir: TempDir, from: string, to: string): Promise<string> {
  await mkdir(dir.file(to), { mode: 0o700 });
  await copyFile(`${from}/keyring.json`, `${dir.file(to)}/keyring.json`);
  return dir.file(to);
}

describe('certctl backup', () => {
  it('is one file for its owner alone, without any key that is readable', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    const key = await fill(data);
    const file = dir.file('backup');
    const { stdout } = await certctl('backup', file, '--data-dir', data);
    expect(stdout).toContain('needs the key-encryption key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(dir.path)).toSorted()).toStrictEqual(['backup', 'data']);
    const { keys } = JSON.parse(await readFile(`${data}/keyring.json`, 'utf8')) as {
      keys: { key: string }[];
    };
    const bytes = await readFile(file);
    expect(bytes.includes('PRIVATE KEY')).toBe(false);
    // The secret scalar of an EC key in PKCS #8.
    expect(bytes.includes(key.subarray(36, 68))).toBe(false);
    expect(bytes.includes(keys[0]?.key ?? '')).toBe(false);
    expect(bytes.includes(Buffer.from(keys[0]?.key ?? '', 'base64url'))).toBe(false);
    await certctl('backup', file, '--data-dir', data, '--with-key');
    expect((await readFile(file)).includes(keys[0]?.key ?? '')).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is consistent and opens, taken again and again while others issue and rotate', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await fill(data);
    const issuing = runProgram(process.execPath, [ISSUING, data, 'a', '60']);
    const rotating = runCertctl(['keyring', 'rotate', '--data-dir', data]);
    const counts: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const file = dir.file(`backup-${round}`);
      const to = dir.file(`restored-${round}`);
      await certctl('backup', file, '--data-dir', data, '--with-key');
      await certctl('restore', file, '--data-dir', to);
      const list = await certctl('list', '--json', '--data-dir', to);
      const views = JSON.parse(list.stdout) as { names: string[]; status: string }[];
      counts.push(views.length);
      for (const { names } of views.filter(({ status }) => status === 'valid')) {
        expect(await keyOf(to, names[0])).toBeInstanceOf(Buffer);
      }
    }
    expect(await issuing).toMatchObject({ status: 0 });
    expect(await rotating).toMatchObject({ status: 0 });
    expect(counts.toSorted((left, right) => left - right)).toStrictEqual(counts);
  });

  it('says what it cannot do', async () => {
    await using dir = await openTempDir();
    const nothing = await runCertctl(['backup', dir.file('b'), '--data-dir', dir.file('none')]);
    expect(nothing).toMatchObject({ status: 65, stderr: expect.stringContaining('no database') });
    const data = dir.file('data');
    await fill(data);
    const nowhere = await runCertctl(['backup', dir.file('no/b'), '--data-dir', data]);
    expect(nowhere).toMatchObject({ status: 73, stderr: expect.stringContaining('mend:') });
    const yaml = dir.file('c.yaml');
    await writeFile(yaml, `dataDir: ${data}\nkeyring: { source: env, variable: KEK }\n`);
    const elsewhere = await runCertctl(['backup', dir.file('b'), '--with-key', '--config', yaml]);
    expect(elsewhere).toMatchObject({ status: 64, stderr: expect.stringContaining('elsewhere') });
    expect((await readdir(dir.path)).toSorted()).toStrictEqual(['c.yaml', 'data']);
  });
});

describe('certctl restore', () => {
  it('brings back the state and its keys, with leases that nobody holds', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    const key = await fill(data);
    {
      await using control = await openInternalControl(data);
      const { leases } = control.control.store;
      await leases.claim('daemon', 'elsewhere/1/1', 3_600_000, new Date());
    }
    await certctl('backup', dir.file('backup'), '--data-dir', data);
    const to = await keyOnly(dir, data, 'to');
    await certctl('restore', dir.file('backup'), '--data-dir', to);
    expect((await keyOf(to)).equals(key)).toBe(true);
    expect((await stat(`${to}/certctl.db`)).mode & 0o777).toBe(0o600);
    await using control = await openInternalControl(to);
    expect(await control.control.store.leases.find('daemon')).toBeUndefined();
    const next = await control.control.store.leases.claim('daemon', 'a', 1000, new Date());
    expect(next?.fencingToken).toBe(2);
  });

  it('refuses what was cut off at any place, lengthened or altered, and writes nothing', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await fill(data);
    const whole = dir.file('backup');
    await certctl('backup', whole, '--data-dir', data, '--with-key');
    const bytes = await readFile(whole);
    const { openBackupFile } = await import('../../src/main/backup-file.ts');
    const { restore } = await import('../../src/main/restore.ts');
    const broken = dir.file('broken');
    const to = dir.file('to');
    const attempt = () =>
      restore(
        {
          config: { dataDir: to, keyring: { source: 'file' } },
          path: broken,
          socketPath: `${to}/certctl.sock`,
          isForced: false,
          clock: { now: () => new Date(), sleep: async () => {} },
        },
        new AbortController().signal,
      );
    const invalid = { code: 'backup/invalid', mend: expect.any(String) };
    const lengths = [0, 1, 15, 90, 200, 500, 4096, bytes.length >> 1, bytes.length - 1];
    for (const length of lengths) {
      await writeFile(broken, bytes);
      await truncate(broken, length);
      await expect(attempt()).rejects.toMatchObject(invalid);
    }
    await writeFile(broken, Buffer.concat([bytes, Buffer.of(0)]));
    await expect(attempt()).rejects.toMatchObject(invalid);
    const places = [3, 20, 60, 150, 300, 5_000, bytes.length >> 1, bytes.length - 1];
    for (const place of places) {
      await writeFile(broken, bytes.with(place, (bytes[place] ?? 0) ^ 1));
      await expect(attempt()).rejects.toMatchObject(invalid);
      const left = await readdir(to).catch(() => []);
      expect(left).toStrictEqual([]);
    }
    await writeFile(broken, bytes);
    await using backup = await openBackupFile(broken);
    expect(backup.manifest.parts.map(({ name }) => name)).toStrictEqual([
      'certctl.db',
      'keyring.json',
    ]);
    await attempt();
  });

  it('refuses a backup that a foreign key does not open', async () => {
    await using dir = await openTempDir();
    await fill(dir.file('data'));
    await fill(dir.file('other'));
    await certctl('backup', dir.file('backup'), '--data-dir', dir.file('data'));
    const to = await keyOnly(dir, dir.file('other'), 'to');
    const before = await readdir(to);
    const refused = await runCertctl(['restore', dir.file('backup'), '--data-dir', to]);
    expect(refused).toMatchObject({ status: 78, stderr: expect.stringContaining('lacks the key') });
    expect(await readdir(to)).toStrictEqual(before);
    const other = await readFile(`${dir.file('other')}/certctl.db`);
    const forced = ['restore', dir.file('backup'), '--force', '--data-dir', dir.file('other')];
    expect(await runCertctl(forced)).toMatchObject({ status: 78 });
    expect(await readFile(`${dir.file('other')}/certctl.db`)).toStrictEqual(other);
  });

  it('refuses the database of a newer version, and one that is damaged inside', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await fill(data);
    const { writeBackupFile } = await import('../../src/main/backup-file.ts');
    const about = {
      createdAt: '2026-11-22T07:00:00.000Z',
      certctl: '9',
      keyring: 'file',
      kekIds: [],
    };
    const pack = async (content: Buffer) =>
      writeBackupFile(dir.file('backup'), about, [{ name: 'certctl.db', read: () => [content] }]);
    const to = await keyOnly(dir, data, 'to');
    const attempt = () => runCertctl(['restore', dir.file('backup'), '--data-dir', to]);

    const database = new Database(`${data}/certctl.db`);
    const insert = `INSERT INTO schema_migrations VALUES (9000, 'later', 0)`;
    database.exec(insert);
    database.pragma('journal_mode = DELETE');
    database.close();
    const newer = await readFile(`${data}/certctl.db`);
    await pack(newer);
    expect(await attempt()).toMatchObject({ status: 78, stderr: expect.stringContaining('9000') });

    await pack(newer.fill(0xff, 4096, 40_960));
    expect(await attempt()).toMatchObject({ status: 73, stderr: expect.stringMatching(/damaged/) });
    expect(await readdir(to)).toStrictEqual(['keyring.json']);
  });

  it('refuses to write over a state, keeps it when forced, and never over a process', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await fill(data);
    await certctl('backup', dir.file('backup'), '--data-dir', data);
    const args = ['restore', dir.file('backup'), '--data-dir', data];
    expect(await runCertctl(args)).toMatchObject({
      status: 73,
      stderr: expect.stringMatching(/is there already[\s\S]*--force/),
    });
    {
      await using control = await openInternalControl(data);
      await control.issue('later.example.com');
      // A process that has the database open, but is no daemon.
      expect(await runCertctl([...args, '--force'])).toMatchObject({ status: 75 });
      await control.issue('latest.example.com');
    }
    await certctl(...args, '--force');
    expect((await certctl('list', '--data-dir', data)).stdout).not.toContain('later');
    await certctl(...args, '--force');
    const kept = (await readdir(data)).filter((name) => name.includes('before-restore'));
    expect(kept).toStrictEqual(['certctl.db.before-restore', 'certctl.db.before-restore-2']);
    const old = new Database(`${data}/certctl.db.before-restore`, { readonly: true });
    expect(old.prepare('SELECT count(*) FROM certificates').pluck().get()).toBe(3);
    old.close();
  });

  it('refuses while a daemon serves', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await fill(data);
    await certctl('backup', dir.file('backup'), '--data-dir', data);
    const yaml = dir.file('c.yaml');
    await writeFile(yaml, `dataDir: ${data}\nlisteners: []\nworkers: 1\n`);
    await using daemon = await startDaemon(yaml);
    const refused = await daemon.run('restore', dir.file('backup'), '--force');
    expect(refused).toMatchObject({ status: 75, stderr: expect.stringContaining('daemon serves') });
    await daemon.json('backup', dir.file('running'));
  });

  it('replaces a damaged database with its log', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    const key = await fill(data);
    await certctl('backup', dir.file('backup'), '--data-dir', data);
    await writeFile(`${data}/certctl.db`, 'no database at all, but long enough'.repeat(100));
    await writeFile(`${data}/certctl.db-wal`, 'left over');
    await certctl('restore', dir.file('backup'), '--force', '--data-dir', data);
    expect((await keyOf(data)).equals(key)).toBe(true);
    const kept = await readFile(`${data}/certctl.db.before-restore`, 'utf8');
    expect(kept).toContain('no database at all');
    expect(await readdir(data)).not.toContain('certctl.db-wal');
  });
});
