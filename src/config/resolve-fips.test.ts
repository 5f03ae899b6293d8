import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

const environment: Environment = {
  variables: { OPENSSL_MODULES: '/opt/modules', YES: 'true' },
  cwd: '/',
  home: '/',
  dataHome: '/',
  configPath: undefined,
  searchPath: undefined,
  noColor: false,
  isRoot: false,
  processors: 1,
  terminal: { stdout: false, stderr: false },
};

async function load(yaml: string): Promise<Config> {
  await using directory = await openTempDir();
  const path = directory.file('certctl.yaml');
  await writeFile(path, yaml);
  return await loadConfig({ path, environment: { ...environment, cwd: directory.path } });
}

/** `line:column key: message` of each. */
async function problemsOf(yaml: string): Promise<string[]> {
  const outcome = await load(yaml).catch((thrown: unknown) => thrown);
  if (!(outcome instanceof AppError)) throw new Error('the file was accepted', { cause: outcome });
  return (outcome.context['problems'] as Problem[]).map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
}

const endpoint = (more: string): string =>
  `\nendpoints: [{ host: a.example.com, protocol: https, upstream: "http://127.0.0.1:1", ${more} }]`;

describe('tls.fips', () => {
  it.each(['', 'tls: { fips: false }'])('is off: %s', async (yaml) => {
    const config = await load(`{}\n${yaml}`.replace(/^\{\}\n(?=t)/, ''));
    expect(config).not.toHaveProperty('fips');
    expect(config.terminator).not.toHaveProperty('isFips');
  });

  it('finds the provider by itself, or takes its files, relative to the configuration', async () => {
    const usual = await load('tls: { fips: "${YES}" }');
    expect(usual.fips).toEqual({ modulesDirectory: '/opt/modules' });
    expect(usual.terminator.isFips).toBe(true);
    const given = await load('tls: { fips: { module: /m/fips.so, config: ../../../../../f.cnf } }');
    expect(given.fips).toEqual({
      module: '/m/fips.so',
      config: '/f.cnf',
      modulesDirectory: '/opt/modules',
    });
  });

  it('takes what is not approved out of the defaults', async () => {
    const { endpoints } = await load(`tls: { fips: true }${endpoint('tls: {}')}`);
    expect(endpoints[0]?.terminate).toMatchObject({
      minVersion: '1.2',
      ciphers: [
        'TLS_AES_128_GCM_SHA256',
        'TLS_AES_256_GCM_SHA384',
        'ECDHE-ECDSA-AES128-GCM-SHA256',
        'ECDHE-RSA-AES128-GCM-SHA256',
        'ECDHE-ECDSA-AES256-GCM-SHA384',
        'ECDHE-RSA-AES256-GCM-SHA384',
      ],
      groups: ['?X25519MLKEM768', 'prime256v1', 'secp384r1'],
    });
  });

  it.each([
    ['tls: { fips: maybe }', '1:14 tls.fips: must be true or false'],
    ['tls: { fips: { modul: /x } }', '1:16 tls.fips.modul: unknown key'],
    [
      `tls: {}${endpoint('tls: { fips: true }')}`,
      '2:98 endpoints[0].tls.fips: needs the whole process in FIPS mode',
    ],
    [
      `tls: { fips: true }${endpoint('tls: { fips: false }')}`,
      '2:98 endpoints[0].tls.fips: cannot be switched off here',
    ],
    [
      'tls: { fips: true }\nissuers:\n  ca:\n    type: acme\n    directory: https://ca.example/\n' +
        '    externalAccount: { keyId: k, hmacKey: c2hvcnQta2V5 }',
      '6:43 issuers.ca.externalAccount.hmacKey: has fewer than 112 bits',
    ],
    [
      'tls: { fips: true }\ndns:\n  main:\n    provider: ovh\n    applicationKey: a\n' +
        '    applicationSecret: b\n    consumerKey: c',
      '4:15 dns.main.provider: cannot be ovh in FIPS mode (tls.fips)',
    ],
  ])('%s', async (yaml, expected) => {
    expect(await problemsOf(yaml)).toEqual([expect.stringContaining(expected) as string]);
  });

  it('lets an endpoint demand what the process does', async () => {
    const config = await load(`tls: { fips: true }${endpoint('tls: { fips: true }')}`);
    expect(config.endpoints).toHaveLength(1);
  });
});
