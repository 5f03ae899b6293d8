import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { parseName } from '../core/names.ts';
import { createCsr } from '../pki/csr.ts';
import { generatePrivateKey } from '../pki/keys.ts';
import { AppError } from '../core/errors.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

const NAMES = ['*.example.com', 'a.example.com'].map(parseName);
const INTERNAL = 'defaults: { issuer: internal, reuseKey: true, keyType: [ec256, rsa2048] }\n';

let csr: Uint8Array;
beforeAll(async () => {
  csr = await createCsr({ names: NAMES, privateKey: await generatePrivateKey('ec384') });
});

async function load(yaml: string): Promise<Config> {
  await using directory = await openTempDir();
  const path = directory.file('certctl.yaml');
  await writeFile(directory.file('a.csr'), csr);
  await writeFile(directory.file('bad.csr'), 'nonsense');
  await writeFile(path, yaml);
  const environment = { ...readEnvironment(), cwd: directory.path };
  return await loadConfig({ path, environment });
}

describe('a signing request in the configuration', () => {
  it('gives the certificate its names and its key type', async () => {
    const config = await load(`${INTERNAL}certificates: [{ csr: a.csr }]`);
    expect(config.certificates).toEqual([
      {
        names: NAMES,
        keyType: 'ec384',
        issuers: ['internal'],
        challenges: ['tls-alpn-01', 'http-01'],
        csr: {
          der: Buffer.from(csr).toString('base64url'),
          keyFingerprint256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      },
    ]);
  });

  it('makes a pair with a key of ours of the other kind', async () => {
    const config = await load(
      `${INTERNAL}certificates:\n  - { csr: a.csr, names: [A.example.com, "*.example.com"] }\n` +
        '  - { names: ["*.example.com", a.example.com], keyType: rsa2048 }\n',
    );
    expect(config.certificates.map(({ keyType }) => keyType)).toEqual(['ec384', 'rsa2048']);
  });

  it.each([
    ['no file', '[{ csr: none.csr }]', /^2:23 .*csr: cannot read .*none\.csr: it does not exist/],
    ['no request', '[{ csr: bad.csr }]', /^2:23 certificates\[0\]\.csr: .*signing request/],
    [
      'other names',
      '[{ csr: a.csr, names: [b.example.com] }]',
      /^2:37 certificates\[0\]\.names: are not those of the signing request: \*\.example\.com, a\./,
    ],
    ['a key type', '[{ csr: a.csr, keyType: ec256 }]', /^2:39 .*keyType: is not used/],
    ['a kept key', '[{ csr: a.csr, reuseKey: true }]', /^2:40 .*reuseKey: is not used/],
    [
      'the same names and kind of key',
      '[{ csr: a.csr }, { names: [a.example.com, "*.example.com"], keyType: ec256 }]',
      /^2:41 certificates\[1\]\.names: certificates\[0\] has the same names/,
    ],
    [
      'a wildcard that is to be proven by HTTP',
      '[{ csr: a.csr, issuer: letsencrypt }]',
      /^2:23 certificates\[0\]\.csr: \*\.example\.com is a wildcard/,
    ],
    ['neither names nor request', '[{ keyType: ec256 }]', /^2:16 .*names: is required: a list/],
  ])('is refused with %s', async (_title, certificates, problem) => {
    const outcome = await load(`${INTERNAL}certificates: ${certificates}`).catch(
      (thrown: unknown) => thrown,
    );
    if (!(outcome instanceof AppError)) throw new Error('the file was accepted');
    const problems = (outcome.context['problems'] as Problem[]).map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    );
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});
