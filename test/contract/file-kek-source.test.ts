/**
 * Key-encryption keys in a file, on real disks and in several processes.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../../src/core/errors.ts';
import { fileKekSource } from '../../src/keyring/file/source.ts';
import type { KekSet } from '../../src/keyring/keyring.ts';
import { canMountDisks, openMountedDisk } from '../support/mounted-disk.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';

const CREATOR = fileURLToPath(new URL('../support/kek-creator.ts', import.meta.url));
const KEY = randomBytes(32).toString('base64url');
const CREATED_AT = '2026-11-22T07:00:00.000Z';

describe('fileKekSource', () => {
  it('creates one key that only its owner can read, once', async () => {
    await using directory = await openTempDir();
    const path = directory.file('keyring.json');
    const created = await load(path);
    expect(created).toHaveLength(1);
    expect(created[0].key).toHaveLength(32);
    expect(await load(path)).toStrictEqual(created);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory.path)).toStrictEqual(['keyring.json']);
  });

  it('ends with one key when several processes create at once', async () => {
    await using directory = await openTempDir();
    const path = directory.file('keyring.json');
    const runs = Array.from({ length: 6 }, () => runProgram(process.execPath, [CREATOR, path]));
    const results = await Promise.all(runs);
    const [kek] = await load(path);
    for (const result of results) {
      expect(result).toMatchObject({ status: 0, stderr: '', stdout: kek.id });
    }
    expect(await readdir(directory.path)).toStrictEqual(['keyring.json']);
  });

  it('ends with one key when one process creates it many times at once', async () => {
    await using directory = await openTempDir();
    const path = directory.file('keyring.json');
    const loaded = await Promise.all(Array.from({ length: 20 }, () => load(path)));
    expect(new Set(loaded.map(([kek]) => Buffer.from(kek.key).toString('hex'))).size).toBe(1);
  });

  it('loads all keys, the first one first, through a link', async () => {
    await using directory = await openTempDir();
    const keys = ['new', 'old'].map((id) => ({ id, key: KEY, createdAt: CREATED_AT }));
    await writeFile(directory.file('keys'), JSON.stringify({ version: 1, keys }), { mode: 0o600 });
    await symlink('keys', directory.file('link'));
    const loaded = await load(directory.file('link'));
    expect(loaded.map(({ id }) => id)).toStrictEqual(['new', 'old']);
    expect(Buffer.from(loaded[1]?.key ?? []).toString('base64url')).toBe(KEY);
  });

  const entry = { id: 'a', key: KEY, createdAt: CREATED_AT };
  const whole = JSON.stringify({ version: 1, keys: [entry] });
  it.each([
    ['an empty file', ''],
    ['a file that was cut off', whole.slice(0, -30)],
    ['bytes that are not text', '\0\0\0\0'],
    ['another version', JSON.stringify({ version: 2, keys: [entry] })],
    ['no key', JSON.stringify({ version: 1, keys: [] })],
    ['a short key', JSON.stringify({ version: 1, keys: [{ ...entry, key: KEY.slice(1) }] })],
    ['a long key', JSON.stringify({ version: 1, keys: [{ ...entry, key: `${KEY}A` }] })],
    ['a key that is not base64url', whole.replace(KEY, `+${KEY.slice(1)}`)],
    ['two keys of one id', JSON.stringify({ version: 1, keys: [entry, entry] })],
    ['an unknown field', JSON.stringify({ version: 1, keys: [{ ...entry, extra: 1 }] })],
    ['far too many bytes', whole + ' '.repeat(100_000)],
  ])('refuses %s without showing or replacing it', async (_, text) => {
    await using directory = await openTempDir();
    const path = directory.file('keyring.json');
    await writeFile(path, text, { mode: 0o600 });
    const error = await failureOf(path);
    expect(error).toMatchObject({ code: 'keyring/corrupt', mend: expect.any(String) });
    expect(error.cause).toBeUndefined();
    expect(error.message).not.toContain(KEY.slice(2, 10));
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it.each([0o640, 0o604, 0o620, 0o644])('refuses a file of mode %o', async (mode) => {
    await using directory = await openTempDir();
    const path = directory.file('keyring.json');
    await load(path);
    await chmod(path, mode);
    expect(await failureOf(path)).toMatchObject({
      code: 'permission/denied',
      mend: `Run: chmod 600 ${path}`,
    });
    await chmod(path, 0o400);
    expect(await load(path)).toHaveLength(1);
  });

  it('refuses what is not a file, without waiting for it', async () => {
    await using directory = await openTempDir();
    await mkdir(directory.file('directory'));
    await runProgram('mkfifo', ['-m', '600', directory.file('pipe')]);
    for (const name of ['directory', 'pipe']) {
      expect(await failureOf(directory.file(name))).toMatchObject({ code: 'keyring/corrupt' });
    }
  });

  it('does not create a key where it cannot be kept', async () => {
    await using directory = await openTempDir();
    await symlink('nowhere', directory.file('dangling'));
    for (const name of ['missing/keyring.json', 'dangling']) {
      expect(await failureOf(directory.file(name))).toMatchObject({ code: 'keyring/unwritable' });
    }
    expect(await readdir(directory.path)).toStrictEqual(['dangling']);
  });

  it('does nothing after an abort', async () => {
    await using directory = await openTempDir();
    const reason = new Error('stopped');
    const source = fileKekSource({ path: directory.file('keyring.json') });
    await expect(source.load(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await readdir(directory.path)).toStrictEqual([]);
  });

  it.skipIf(!canMountDisks())('leaves nothing behind on a full or read-only disk', async () => {
    await using disk = await openMountedDisk(16);
    await writeFile(disk.file('ballast'), Buffer.alloc(16 * 1024)).catch(() => {});
    const path = disk.file('keyring.json');
    expect(await failureOf(path)).toMatchObject({ code: 'keyring/unwritable' });
    expect(await readdir(disk.path)).toStrictEqual(['ballast']);
    disk.makeReadOnly();
    expect(await failureOf(path)).toMatchObject({ code: 'keyring/unwritable' });
  });
});

function load(path: string): Promise<KekSet> {
  return fileKekSource({ path }).load(new AbortController().signal);
}

async function failureOf(path: string): Promise<AppError> {
  return load(path).then(
    () => {
      throw new Error('the keys were loaded');
    },
    (thrown: AppError) => thrown,
  );
}
