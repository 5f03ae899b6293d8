/**
 * Key-encryption keys that are replaced while other processes work, and processes that die at it.
 *
 * @module
 */
import Database from 'better-sqlite3';
import { randomBytes, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { KeyringRotation, KeyringStatus } from '../../src/lifecycle/rotate-keyring.ts';
import { createKeyring } from '../../src/keyring/create-keyring.ts';
import { fileKekSource } from '../../src/keyring/file/source.ts';
import { runCertctl, startCertctl } from '../support/certctl.ts';
import { startDaemon } from '../support/daemon.ts';
import { openInternalControl } from '../support/internal-control.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';

const ISSUING = fileURLToPath(new URL('../support/internal-issuing.ts', import.meta.url));
const MANY = 20_000;

async function json<T>(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const result = await runCertctl([...args, '--json'], { env });
  if (result.status !== 0) throw new Error(`certctl ${args.join(' ')}:\n${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}

/** Every served key opens and belongs to its certificate; returns how many there are. */
async function verifyKeys(dataDir: string): Promise<number> {
  await using fresh = await openInternalControl(dataDir);
  const views = await fresh.control.operations.list({}, () => {}, new AbortController().signal);
  for (const { names } of views) {
    const [name = ''] = names;
    const { operations } = fresh.control;
    const { chainPem } = await operations.exportCertificate(
      { name, withKey: false },
      () => {},
      new AbortController().signal,
    );
    expect(new X509Certificate(chainPem).checkPrivateKey(await fresh.keyOf(name))).toBe(true);
  }
  return views.length;
}

async function keysIn(path: string): Promise<string[]> {
  const { keys } = JSON.parse(await readFile(path, 'utf8')) as { keys: { id: string }[] };
  return keys.map(({ id }) => id);
}

describe('rotating the key-encryption key', () => {
  it('loses no key of the processes that issue meanwhile', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await using early = await openInternalControl(data);
    await early.issue('first.example.com');
    await using reader = await openInternalControl(data);
    const issuing = ['a', 'b'].map((prefix) =>
      runProgram(process.execPath, [ISSUING, data, prefix, '40']),
    );
    const rotations: KeyringRotation[] = [];
    for (let round = 0; round < 3; round += 1) {
      rotations.push(await json(['keyring', 'rotate', '--data-dir', data]));
      // A process that opened the keyring before all of it.
      await early.issue(`early${round}.example.com`);
    }
    for (const { status, stderr } of await Promise.all(issuing)) {
      expect({ status, stderr }).toStrictEqual({ status: 0, stderr: '' });
    }
    expect(new Set(rotations.map(({ kekId }) => kekId)).size).toBe(3);
    const status = await json<KeyringStatus>(['keyring', 'status', '--data-dir', data]);
    expect(status.keks).toHaveLength(1);
    expect(status.keks[0]).toMatchObject({ id: rotations[2]?.kekId, isInSource: true });
    expect(status.activeKekId).toBe(rotations[2]?.kekId);
    expect(await keysIn(`${data}/keyring.json`)).toStrictEqual([status.activeKekId]);
    // A process that has not written since, and learns of the new keys by reading.
    expect((await reader.keyOf('a0.example.com')).type).toBe('private');
    expect(await verifyKeys(data)).toBe(84);
  });

  it('works through the daemon, which goes on with the new key', async () => {
    await using dir = await openTempDir();
    const config = dir.file('certctl.yaml');
    const data = dir.file('data');
    await writeFile(
      config,
      `dataDir: ${data}\nlisteners: []\nworkers: 1\ncertificates: [{ names: [one.example.com] }]\ndefaults: { issuer: internal }\n`,
    );
    await using daemon = await startDaemon(config);
    const rotation = await daemon.json<KeyringRotation>('keyring', 'rotate');
    expect(rotation.dropped).toHaveLength(1);
    await daemon.json('issue', 'two.example.com');
    const status = await daemon.json<KeyringStatus>('keyring', 'status');
    expect(status.keks.map(({ id }) => id)).toStrictEqual([rotation.kekId]);
    expect(await verifyKeys(data)).toBe(2);
  });

  it('is gone on with after a kill, and everything opens in between', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await fill(data);
    const before = await keysIn(`${data}/keyring.json`);
    await using rotating = await startCertctl(['keyring', 'rotate', '--data-dir', data]);
    await rotating.waitForLine(/wrapped \d+ of/);
    rotating.kill('SIGKILL');
    expect(await rotating.exited).toMatchObject({ signal: 'SIGKILL' });

    const halfway = await json<KeyringStatus>(['keyring', 'status', '--data-dir', data]);
    expect(halfway.keks.map(({ isInSource }) => isInSource)).toStrictEqual([true, true]);
    for (const { secrets } of halfway.keks) expect(secrets).toBeGreaterThan(0);
    expect(halfway.activeKekId).not.toBe(before[0]);
    expect(await verifyKeys(data)).toBe(1);

    const rotation = await json<KeyringRotation>(['keyring', 'rotate', '--data-dir', data]);
    expect(rotation.kekId).toBe(halfway.activeKekId);
    expect(rotation.dropped).toStrictEqual(before);
    expect(await keysIn(`${data}/keyring.json`)).toStrictEqual([rotation.kekId]);
    expect(await verifyKeys(data)).toBe(1);
    await using control = await openInternalControl(data);
    const { store, keys } = control.control.context;
    expect(await store.secrets.countByKek()).toMatchObject([{ kekId: rotation.kekId }]);
    await expect(keys.load('filler-0')).rejects.not.toMatchObject({ code: 'keyring/mismatch' });
  });

  it('is gone on with when it had only added the key', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    await using control = await openInternalControl(data);
    await control.issue('one.example.com');
    const path = `${data}/keyring.json`;
    await fileKekSource({ path }).rotation?.add(new AbortController().signal);
    const [added, old] = await keysIn(path);
    await control.issue('two.example.com');
    const rotation = await json<KeyringRotation>(['keyring', 'rotate', '--data-dir', data]);
    expect(rotation).toMatchObject({ kekId: added, dropped: [old] });
    expect(await verifyKeys(data)).toBe(2);
  });

  it('wraps the rest and keeps the old key when a secret does not open', async () => {
    await using dir = await openTempDir();
    const data = dir.file('data');
    {
      await using control = await openInternalControl(data);
      await control.issue('one.example.com');
      const { store } = control.control;
      const kekId = (await store.secrets.countByKek())[0]?.kekId ?? '';
      const sealed = { kekId, wrappedKey: randomBytes(61), ciphertext: randomBytes(61) };
      await store.secrets.insert({ id: 'altered', sealed });
    }
    const [old] = await keysIn(`${data}/keyring.json`);
    for (let times = 0; times < 2; times += 1) {
      const failed = await runCertctl(['keyring', 'rotate', '--data-dir', data]);
      expect(failed).toMatchObject({ status: 78, stderr: expect.stringContaining('1 secrets') });
      const keys = await keysIn(`${data}/keyring.json`);
      expect(keys).toHaveLength(2);
      expect(keys[1]).toBe(old);
    }
    expect(await verifyKeys(data)).toBe(1);
  });
});

describe('keys from elsewhere', () => {
  const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('hex')];
  const issue = ['issue', 'one.example.com', '--issuer', 'internal'];

  it('are replaced by naming the new one and listing the old one', async () => {
    await using dir = await openTempDir();
    const configure = async (keyring: string): Promise<string[]> => {
      await writeFile(dir.file('c.yaml'), `dataDir: ${dir.file('data')}\nkeyring: ${keyring}\n`);
      return ['--config', dir.file('c.yaml')];
    };
    const env = { KEK_1: first, KEK_2: second };
    const old = await configure('{ source: env, variable: KEK_1 }');
    await json([...issue, ...old], env);
    const alone = await runCertctl(['keyring', 'rotate', ...old], { env });
    expect(alone).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/gives no new key[\s\S]*mend: .*keyring\.previous/),
    });

    const wrong = await configure('{ source: env, variable: KEK_2 }');
    const refused = await runCertctl(['issue', 'two.example.com', ...wrong], { env });
    expect(refused).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('not in the keyring'),
    });
    for (const key of [first, second]) expect(refused.stderr).not.toContain(key.slice(0, 12));

    const both = await configure('{ source: env, variable: KEK_2, previous: KEK_1 }');
    const before = await json<KeyringStatus>(['keyring', 'status', ...both], env);
    await json(['issue', 'two.example.com', '--issuer', 'internal', ...both], env);
    const rotation = await json<KeyringRotation>(['keyring', 'rotate', ...both], env);
    expect(rotation.kekId).not.toBe(before.activeKekId);
    const alsoNew = await configure('{ source: env, variable: KEK_2 }');
    await json(['export', 'one.example.com', '--with-key', ...alsoNew], env);
    await json(['export', 'two.example.com', '--with-key', ...alsoNew], env);
  });

  it.each([
    ['command', '{ source: command, command: [/bin/sh, -c, "sleep 600"], timeout: 300ms }', 69],
    ['env', '{ source: env, variable: NOT_SET }', 69],
    ['credential', '{ source: credential, name: kek }', 69],
    ['passphrase', '{ source: passphrase, passphrase: short }', 78],
  ])('that cannot be had end a command with one error: %s', async (_, keyring, status) => {
    await using dir = await openTempDir();
    await writeFile(dir.file('c.yaml'), `dataDir: ${dir.file('data')}\nkeyring: ${keyring}\n`);
    const result = await runCertctl([...issue, '--config', dir.file('c.yaml')]);
    expect(result.status).toBe(status);
    expect(result.stderr.match(/error:/g)).toHaveLength(1);
    expect(result.stderr).toContain('mend:');
  });

  it('come from a passphrase in a file, and a wrong one opens nothing', async () => {
    await using dir = await openTempDir();
    await writeFile(dir.file('passphrase'), 'correct horse battery\n', { mode: 0o600 });
    await writeFile(
      dir.file('c.yaml'),
      `dataDir: data\nkeyring: { source: passphrase, passphrase: "\${file:passphrase}" }\n`,
    );
    const config = ['--config', dir.file('c.yaml')];
    await json([...issue, ...config]);
    await json(['export', 'one.example.com', '--with-key', ...config]);
    await writeFile(dir.file('passphrase'), 'correct horse batterY\n');
    const refused = await runCertctl(['list', ...config]);
    expect(refused).toMatchObject({ status: 78 });
    expect(refused.stderr).not.toContain('horse');
  });

  it('come from a credential of the service manager', async () => {
    await using dir = await openTempDir();
    await writeFile(dir.file('kek'), `${first}\n`, { mode: 0o400 });
    await writeFile(
      dir.file('c.yaml'),
      `dataDir: data\nkeyring: { source: credential, name: kek }\n`,
    );
    const env = { CREDENTIALS_DIRECTORY: dir.path };
    await json([...issue, '--config', dir.file('c.yaml')], env);
    const status = await json<KeyringStatus>(
      ['keyring', 'status', '--config', dir.file('c.yaml')],
      env,
    );
    expect(status.place).toBe('the credential kek');
  });
});

/** A store with one certificate, and so many secrets that a rotation takes a while. */
async function fill(data: string): Promise<void> {
  await using control = await openInternalControl(data);
  await control.issue('one.example.com');
  const source = fileKekSource({ path: `${data}/keyring.json` });
  const keyring = createKeyring(await source.load(new AbortController().signal));
  const database = new Database(`${data}/certctl.db`);
  const insert = database.prepare('INSERT INTO secrets VALUES (?, ?, ?, ?)');
  database.transaction(() => {
    for (let number = 0; number < MANY; number += 1) {
      const id = `filler-${number}`;
      const { kekId, wrappedKey, ciphertext } = keyring.seal(id, Buffer.from('secret'));
      insert.run(id, kekId, wrappedKey, ciphertext);
    }
  })();
  database.close();
}
