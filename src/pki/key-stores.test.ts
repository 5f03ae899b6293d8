import { createPrivateKey } from 'node:crypto';
import { access, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createDelivery } from '../../test/support/delivery.ts';
import { runProgram } from '../../test/support/program.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { encodeJks } from './jks.ts';
import { privateKeyToPem } from './keys.ts';
import { encodePkcs12 } from './pkcs12.ts';

const hasKeytool = await access('/usr/bin/keytool').then(
  () => true,
  () => false,
);

async function entryOf(keyType: 'ec256' | 'rsa2048', passphrase: string) {
  const { chainPem, privateKey } = await createDelivery('App.example.com', keyType);
  return { chainPem, privateKeyPem: privateKeyToPem(privateKey), alias: 'App', passphrase };
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runProgram(program, args, { timeoutMs: 20_000 });
  expect({ program, status, stderr: status === 0 ? '' : stderr + stdout }).toEqual({
    program,
    status: 0,
    stderr: '',
  });
  return stdout + stderr;
}

async function keyIn(file: string, passphrase: string): Promise<string> {
  const pem = await run(
    'openssl',
    'pkcs12',
    '-in',
    file,
    '-passin',
    `pass:${passphrase}`,
    '-nocerts',
    '-nodes',
  );
  return privateKeyToPem(createPrivateKey(pem));
}

describe('encodePkcs12', () => {
  it.each(['ec256', 'rsa2048'] as const)('writes %s keys as OpenSSL reads them', async (type) => {
    await using dir = await openTempDir();
    const file = dir.file('store.p12');
    const entry = await entryOf(type, 'schlüssel');
    await writeFile(file, await encodePkcs12(entry));
    const info = await run(
      'openssl',
      'pkcs12',
      '-in',
      file,
      '-passin',
      'pass:schlüssel',
      '-info',
      '-nokeys',
    );
    expect(info).toMatch(/MAC: sha256/);
    expect(info.match(/PBES2, PBKDF2, AES-256-CBC/g)).toHaveLength(2);
    expect(info.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(info).toMatch(/friendlyName: App/);
    expect(await keyIn(file, 'schlüssel')).toBe(entry.privateKeyPem);
  });

  it('opens with its own passphrase only', async () => {
    await using dir = await openTempDir();
    const file = dir.file('store.p12');
    await writeFile(file, await encodePkcs12(await entryOf('ec256', 'right one')));
    const args = ['pkcs12', '-in', file, '-passin', 'pass:wrong one', '-noout'];
    const { status, stderr } = await runProgram('openssl', args);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/Mac verify error/);
  });

  it('refuses a passphrase that Java would not take', async () => {
    await expect(encodePkcs12(await entryOf('ec256', 'short'))).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringMatching(/passphrase/),
    });
  });
});

describe.skipIf(!hasKeytool)('Java', () => {
  it.each([
    ['PKCS12', 'ec256'],
    ['JKS', 'ec256'],
    ['JKS', 'rsa2048'],
  ] as const)('opens %s files with %s keys, and has the key', async (format, keyType) => {
    await using dir = await openTempDir();
    const [file, out] = [dir.file('store'), dir.file('out.p12')];
    const entry = await entryOf(keyType, 'changeit');
    await writeFile(file, format === 'JKS' ? encodeJks(entry) : await encodePkcs12(entry));
    const store = ['-srckeystore', file, '-srcstorepass', 'changeit', '-srcstoretype', format];
    const copy = ['-destkeystore', out, '-deststorepass', 'changeit', '-deststoretype', 'PKCS12'];
    await run('keytool', '-importkeystore', '-noprompt', ...store, ...copy);
    expect(await keyIn(out, 'changeit')).toBe(entry.privateKeyPem);
    const listed = await run('keytool', '-list', '-v', '-keystore', file, '-storepass', 'changeit');
    expect(listed).toMatch(/Alias name: app/);
    expect(listed).toMatch(/Certificate chain length: 2/);
  });
});
