/**
 * What only a store in a SQLite file can get wrong.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { after, type Clock, MINUTE_MS } from '../../src/core/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { prepareDataDir } from '../../src/store/sqlite/prepare-data-dir.ts';
import { sampleCertificate, sampleSecret } from '../../src/store/sample-records.contract.ts';
import type { Store } from '../../src/store/store.ts';
import { canMountDisks, openMountedDisk } from '../support/mounted-disk.ts';
import { openTempDir } from '../support/temp-dir.ts';

const FULL_DISK_KIB = 2_048;

describe('openSqliteStore', () => {
  it('keeps records from one run to the next', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    await withStore(path, ({ certificates }) => certificates.insert(sampleCertificate('one')));
    await withStore(path, async ({ certificates }) => {
      expect(await certificates.find('one')).toStrictEqual(sampleCertificate('one'));
    });
  });

  it('keeps all its files from other users', async () => {
    await using directory = await openTempDir();
    await withStore(directory.file('certctl.db'), async ({ secrets }) => {
      await secrets.insert(sampleSecret('one'));
      const files = await readdir(directory.path);
      expect(files.toSorted()).toStrictEqual(['certctl.db', 'certctl.db-shm', 'certctl.db-wal']);
      for (const file of files) {
        expect((await stat(directory.file(file))).mode & 0o777).toBe(0o600);
      }
    });
  });

  it('closes an existing database to the world', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    await withStore(path, async () => {});
    await chmod(path, 0o644);
    await withStore(path, async () => {});
    expect((await stat(path)).mode & 0o777).toBe(0o640);
  });

  it('refuses a newer database without touching it', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    const database = new Database(path);
    database.exec(`CREATE TABLE schema_migrations (number INTEGER, name TEXT, applied_at INTEGER)`);
    database.exec(`INSERT INTO schema_migrations VALUES (9000, 'later', 0)`);
    database.close();
    const before = await readFile(path);
    await expect(openSqliteStore({ path })).rejects.toMatchObject({
      code: 'store/newer',
      message: expect.stringMatching(/9000.* \d+$/),
    });
    expect(await readFile(path)).toStrictEqual(before);
    expect(await readdir(directory.path)).toStrictEqual(['certctl.db']);
  });

  it('refuses a file that is no database', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    await writeFile(path, 'not a database, but long enough to have a header'.repeat(100));
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: 'store/corrupt' });
  });

  it('reports damage inside the file', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    await withStore(path, ({ certificates }) => certificates.insert(sampleCertificate('one')));
    const bytes = await readFile(path);
    bytes.fill(0xff, 4096);
    await writeFile(path, bytes);
    const used = withStore(path, ({ certificates }) => certificates.list({ limit: 10 }));
    await expect(used).rejects.toMatchObject({ code: 'store/corrupt' });
  });

  it('reports a path that cannot hold a database', async () => {
    await using directory = await openTempDir();
    await writeFile(directory.file('file'), '');
    await mkdir(directory.file('directory'));
    for (const path of ['file/certctl.db', 'missing/certctl.db', 'directory']) {
      await expect(openSqliteStore({ path: directory.file(path) })).rejects.toMatchObject({
        code: 'store/unwritable',
        mend: expect.any(String),
      });
    }
  });

  it('waits for a reader of a new file, until the time is over', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    const reader = new Database(path);
    reader.exec('BEGIN; SELECT 1 FROM sqlite_schema');
    let now = new Date();
    const forward: Clock = {
      now: () => now,
      sleep: async () => {
        now = after(now, MINUTE_MS);
      },
    };
    const leave: Clock = {
      now: () => now,
      sleep: async () => {
        reader.close();
      },
    };
    await expect(
      openSqliteStore({ path, busyTimeoutMs: 50, clock: forward }),
    ).rejects.toMatchObject({ code: 'store/busy' });
    const store = await openSqliteStore({ path, busyTimeoutMs: 50, clock: leave });
    await store.close();
    expect(reader.open).toBe(false);
  });

  it('fails with store/busy when another connection holds the lock too long', async () => {
    await using directory = await openTempDir();
    const path = directory.file('certctl.db');
    const store = await openSqliteStore({ path, busyTimeoutMs: 50 });
    const other = new Database(path);
    try {
      other.exec('BEGIN IMMEDIATE');
      await expect(store.secrets.insert(sampleSecret('one'))).rejects.toMatchObject({
        code: 'store/busy',
      });
      expect(await store.secrets.find('one')).toBeUndefined();
      other.exec('ROLLBACK');
      await store.secrets.insert(sampleSecret('one'));
    } finally {
      other.close();
      await store.close();
    }
  });
});

describe.skipIf(!canMountDisks())('openSqliteStore on a bad disk', () => {
  it('refuses a read-only disk', async () => {
    await using disk = await openMountedDisk(4096);
    const path = disk.file('certctl.db');
    await withStore(path, ({ secrets }) => secrets.insert(sampleSecret('one')));
    disk.makeReadOnly();
    for (const name of ['certctl.db', 'other.db']) {
      const used = withStore(disk.file(name), ({ secrets }) => secrets.insert(sampleSecret('two')));
      await expect(used).rejects.toMatchObject({ code: 'store/unwritable' });
    }
  });

  it('refuses what does not fit, and keeps what it has', async () => {
    await using disk = await openMountedDisk(FULL_DISK_KIB);
    const path = disk.file('certctl.db');
    const stored: string[] = [];
    await withStore(path, async ({ secrets }) => {
      const fill = async (): Promise<void> => {
        for (let count = 0; count < FULL_DISK_KIB; count += 1) {
          await secrets.insert(largeSecret(`secret-${count}`));
          stored.push(`secret-${count}`);
        }
      };
      await expect(fill()).rejects.toMatchObject({
        code: 'store/unwritable',
        message: expect.stringContaining('the disk is full'),
      });
      expect(stored.length).toBeGreaterThan(0);
      expect(await secrets.find(`secret-${stored.length}`)).toBeUndefined();
      for (const id of stored) expect(await secrets.find(id)).toStrictEqual(largeSecret(id));
    });
    await withStore(path, async ({ secrets }) => {
      for (const id of stored) expect(await secrets.find(id)).toStrictEqual(largeSecret(id));
    });
  });
});

describe('prepareDataDir', () => {
  it('creates the directory for its owner alone', async () => {
    await using directory = await openTempDir();
    const path = directory.file('new/data');
    await prepareDataDir(path);
    await prepareDataDir(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('takes one that others can read, also by a link', async () => {
    await using directory = await openTempDir();
    await mkdir(directory.file('data'));
    await chmod(directory.file('data'), 0o755);
    await symlink('data', directory.file('link'));
    await prepareDataDir(directory.file('link'));
    expect((await stat(directory.file('data'))).mode & 0o777).toBe(0o755);
  });

  it.each([0o777, 0o1777, 0o775])('refuses mode %o', async (mode) => {
    await using directory = await openTempDir();
    const path = directory.file('data');
    await mkdir(path);
    await chmod(path, mode);
    await expect(prepareDataDir(path)).rejects.toMatchObject({
      code: 'permission/denied',
      mend: `Run: chmod go-w ${path}`,
    });
  });

  it('reports a file in its place', async () => {
    await using directory = await openTempDir();
    await writeFile(directory.file('data'), '');
    for (const path of ['data', 'data/inner']) {
      await expect(prepareDataDir(directory.file(path))).rejects.toMatchObject({
        code: 'store/unwritable',
      });
    }
  });
});

async function withStore<T>(path: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ path });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

function largeSecret(id: string): ReturnType<typeof sampleSecret> {
  const { sealed } = sampleSecret(id);
  return { id, sealed: { ...sealed, ciphertext: new Uint8Array(4000).fill(id.length) } };
}
