import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { AccountView } from '../../src/api/operations.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { startDaemon } from '../support/daemon.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const SECRET = Buffer.alloc(64, 7).toString('base64url');

async function json<T>(args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await runCertctl([...args, '--json'], { timeoutMs: 60_000 });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return JSON.parse(stdout) as T;
}

function issue(ca: Pebble, name: string, ...more: string[]): string[] {
  return ['issue', name, '--challenge', 'http-01', '--http01-port', String(ca.httpPort), ...more];
}

async function secretIds(dataDir: string): Promise<(string | undefined)[]> {
  const store = await openSqliteStore({ path: `${dataDir}/certctl.db` });
  try {
    const accounts = await store.accounts.list();
    return accounts.flatMap(({ keySecretId, nextKeySecretId }) => [keySecretId, nextKeySecretId]);
  } finally {
    await store.close();
  }
}

describe('a CA that wants external accounts', () => {
  const externalAccounts = { 'kid-1': SECRET };

  it.each(['HS256', 'HS384', 'HS512'])(
    'gets one by %s from the configuration',
    async (algorithm) => {
      await using ca = await Pebble.start({ externalAccounts });
      await using dir = await openTempDir();
      const externalAccount = { keyId: 'kid-1', hmacKey: SECRET, algorithm };
      const config = await writeAcmeConfig(dir, ca, '', { externalAccount });
      const view = await json<AccountView>(['account', 'register', '--config', config]);
      expect(view).toMatchObject({ issuer: 'pebble', status: 'valid', keyType: 'ec256' });
    },
  );

  it('gets one from a file on the command line, kept sealed for renewals', async () => {
    await using ca = await Pebble.start({ externalAccounts });
    await using dir = await openTempDir();
    const [keyFile, dataDir] = [dir.file('key'), dir.file('data')];
    await writeFile(keyFile, `${SECRET}\n`);
    const eab = ['--eab-key-id', 'kid-1', '--eab-hmac-key-file', keyFile];
    const at = ['--directory', ca.directoryUrl, '--ca-bundle', ca.caBundle, '--data-dir', dataDir];
    await json(issue(ca, 'app.example.com', ...at, ...eab));
    for (const file of ['certctl.db', 'certctl.db-wal']) {
      const bytes = await readFile(`${dataDir}/${file}`).catch(() => Buffer.alloc(0));
      expect(bytes.includes(SECRET)).toBe(false);
    }
    // The same again changes nothing, and a new process opens what was sealed.
    await json(issue(ca, 'app.example.com', ...at, ...eab));
    const renewed = await json<{ outcome: string }[]>([
      'renew',
      'app.example.com',
      '--data-dir',
      dataDir,
    ]);
    expect(renewed).toMatchObject([{ outcome: 'issued' }]);
  });

  it('refuses who has none, or a key that it does not know', async () => {
    await using ca = await Pebble.start({ externalAccounts });
    await using dir = await openTempDir();
    const none = await writeAcmeConfig(dir, ca);
    const register = await runCertctl(['account', 'register', '--config', none]);
    expect(register).toMatchObject({ status: 77 });
    expect(register.stderr).toContain('keyId and hmacKey');
    const hmacKey = Buffer.alloc(64, 8).toString('base64url');
    const externalAccount = { keyId: 'kid-1', hmacKey };
    const wrong = await writeAcmeConfig(dir, ca, '', { externalAccount });
    const refused = await runCertctl(['account', 'register', '--config', wrong]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).not.toContain(hmacKey);
  });
});

describe('an account', () => {
  it.each(['ec384', 'rsa2048'])('has a key of type %s where that is wanted', async (type) => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca, '', { accountKeyType: type });
    await json(issue(ca, 'app.example.com', '--config', config));
    const view = await json<AccountView>(['account', 'show', '--config', config]);
    expect(view).toMatchObject({ status: 'valid', keyType: type });
  });

  it('follows the address of the configuration', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const first = await writeAcmeConfig(dir, ca, '', { email: 'one@example.com' });
    const before = await json<AccountView>(['account', 'register', '--config', first]);
    const second = await writeAcmeConfig(dir, ca, '', { email: 'two@example.com' });
    const issued = await runCertctl(issue(ca, 'app.example.com', '--config', second), {
      timeoutMs: 60_000,
    });
    expect(issued.stderr).toContain('the contact is two@example.com now');
    const after = await json<AccountView>(['account', 'show', '--config', second]);
    expect(after).toEqual({ ...before, contact: ['mailto:two@example.com'] });
  });

  it('keeps its URL through a rollover, revokes what it had issued, and forgets the old key', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    await json(issue(ca, 'app.example.com', '--config', config));
    const before = await json<AccountView>(['account', 'show', '--config', config]);
    const [oldSecret] = await secretIds(dir.file('data'));
    const changed = await writeAcmeConfig(dir, ca, '', { accountKeyType: 'ec384' });
    const after = await json<AccountView>(['account', 'rollover', '--config', changed]);
    expect(after).toMatchObject({
      url: before.url,
      keyType: 'ec384',
      isKeyChangeUnfinished: false,
    });
    expect(after.thumbprint).not.toBe(before.thumbprint);
    expect(await json(['account', 'show', '--config', changed])).toEqual(after);
    expect(await secretIds(dir.file('data'))).not.toContain(oldSecret);
    await json(['revoke', 'app.example.com', '--config', config]);
    await json(issue(ca, 'www.example.com', '--config', config));
  });

  it('can be rolled over through a daemon, beside its orders', async () => {
    await using ca = await Pebble.start({ validationSleep: true, reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    await json(['account', 'register', '--config', config]);
    await using daemon = await startDaemon(config);
    const names = ['a.example.com', 'b.example.com', 'c.example.com'];
    const [, ...issued] = await Promise.all([
      daemon.json<AccountView>('account', 'rollover'),
      ...names.map((name) => daemon.json<{ outcome: string }>(...dnsIssue(name))),
    ]);
    expect(issued.map(({ outcome }) => outcome)).toEqual(['issued', 'issued', 'issued']);
    expect(await ca.orderCount()).toBe(3);
  });

  it('ends when it is deactivated, and another one takes its place only when asked for', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const none = await json<AccountView>(['account', 'show', '--config', config]);
    expect(none).toMatchObject({ status: 'none', contact: [] });
    const first = await json<AccountView>(['account', 'register', '--config', config]);
    const deactivate = ['account', 'deactivate', '--issuer', 'pebble', '--config', config];
    const unsure = await runCertctl(deactivate);
    expect(unsure).toMatchObject({ status: 64 });
    expect(await json([...deactivate, '--yes'])).toMatchObject({ status: 'deactivated' });
    expect(await json([...deactivate, '--yes'])).toMatchObject({ status: 'deactivated' });
    const refused = await runCertctl(issue(ca, 'app.example.com', '--config', config));
    expect(refused).toMatchObject({ status: 77 });
    expect(refused.stderr).toContain('certctl account register');
    expect(await ca.orderCount()).toBe(0);
    const second = await json<AccountView>(['account', 'register', '--config', config]);
    expect(second.url).not.toBe(first.url);
    await json(issue(ca, 'app.example.com', '--config', config));
  });

  it('is not what an internal CA has', async () => {
    await using dir = await openTempDir();
    const args = ['account', 'show', '--issuer', 'internal', '--data-dir', dir.file('data')];
    expect(await runCertctl(args)).toMatchObject({ status: 65 });
  });
});

function dnsIssue(name: string): string[] {
  return ['issue', name, '--challenge', 'dns-01', '--dns', 'hook'];
}
