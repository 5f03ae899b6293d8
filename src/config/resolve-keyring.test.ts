import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type TempDir, openTempDir } from '../../test/support/temp-dir.ts';
import type { KeyringSettings } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';

const VARIABLES = { KEK: 'value', PASS: 'correct horse battery', CREDENTIALS_DIRECTORY: '/run/c' };

async function load(dir: TempDir, keyring: string): Promise<KeyringSettings> {
  const path = dir.file('certctl.yaml');
  await writeFile(path, `keyring: ${keyring}\n`);
  const environment = { ...readEnvironment(), variables: VARIABLES };
  return (await loadConfig({ path, environment })).keyring;
}

describe('the keyring of a configuration', () => {
  it.each<[string, KeyringSettings]>([
    ['{ source: file }', { source: 'file' }],
    [
      '{ source: env, variable: KEK, previous: OLD }',
      { source: 'env', active: { name: 'KEK', value: 'value' }, previous: [{ name: 'OLD' }] },
    ],
    [
      '{ source: command, command: [/bin/kms, get], timeout: 5s, previous: [[/bin/kms, old]] }',
      {
        source: 'command',
        active: ['/bin/kms', 'get'],
        previous: [['/bin/kms', 'old']],
        timeoutMs: 5000,
      },
    ],
    [
      '{ source: credential, name: kek, previous: [old] }',
      {
        source: 'credential',
        active: { name: 'kek', path: '/run/c/kek' },
        previous: [{ name: 'old', path: '/run/c/old' }],
      },
    ],
    [
      '{ source: passphrase, passphrase: "${PASS}", salt: /etc/salt }',
      {
        source: 'passphrase',
        active: 'correct horse battery',
        previous: [],
        saltPath: '/etc/salt',
      },
    ],
  ])('is taken as it is written: %s', async (keyring, expected) => {
    await using dir = await openTempDir();
    expect(await load(dir, keyring)).toStrictEqual(expected);
  });

  it('waits 30 seconds for a command that says nothing else', async () => {
    await using dir = await openTempDir();
    const keyring = await load(dir, '{ source: command, command: [/bin/kms] }');
    expect(keyring).toMatchObject({ timeoutMs: 30_000 });
  });

  it.each([
    ['{ source: vault }', /source: must be one of: "file", "env", "command", "credential"/],
    ['{ source: file, variable: KEK }', /unknown key "variable"/],
    ['{ source: env }', /variable/],
    ['{ source: env, variable: "A B" }', /name of an environment variable/],
    ['{ source: command, command: kms }', /command: must be a list/],
    ['{ source: command, command: [kms] }', /absolute path/],
    ['{ source: command, command: [/bin/kms], timeout: soon }', /must be a duration/],
    ['{ source: credential, name: ../../etc/passwd }', /name of a credential/],
    ['{ source: passphrase, passphrase: short }', /at least 12 characters/],
  ])('is refused: %s', async (keyring, message) => {
    await using dir = await openTempDir();
    await expect(load(dir, keyring)).rejects.toMatchObject({
      code: 'config/invalid',
      message: expect.stringMatching(message),
    });
  });
});
