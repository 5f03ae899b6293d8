import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClientAuthority } from '../../test/support/client-authority.ts';
import { openTempDir, type TempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';
import { warningsOf } from './warnings.ts';

let directory: TempDir;
let caPem: string;
let crlPem: string;

beforeAll(async () => {
  directory = await openTempDir();
  const [red, blue] = await Promise.all([
    createClientAuthority(directory, 'red'),
    createClientAuthority(directory, 'blue'),
  ]);
  ({ caPem } = red);
  crlPem = await red.crl();
  const files = {
    'ca.pem': caPem,
    'two.pem': caPem + blue.caPem,
    'crl.pem': crlPem,
    'old.pem': await red.crl([
      '-crl_lastupdate',
      '20200101000000Z',
      '-crl_nextupdate',
      '20200102000000Z',
    ]),
    'soon.pem': await red.crl(['-crlhours', '1']),
    'nothing.pem': 'nothing',
    'torn.pem': crlPem.replace(/\n.{8}/, '\nAAAAAAAA'),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(directory.file(name), text);
});
afterAll(() => directory[Symbol.asyncDispose]());

async function load(yaml: string): Promise<Config> {
  const path = directory.file('certctl.yaml');
  await writeFile(path, yaml);
  return await loadConfig({ path, environment: readEnvironment() });
}

async function problemsOf(yaml: string): Promise<string[]> {
  const thrown = await load(yaml).catch((error: unknown) => error);
  if (!(thrown instanceof AppError)) throw new Error('the file was accepted', { cause: thrown });
  return (thrown.context['problems'] as Problem[]).map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
}

const endpoint = (policy: string, host = 'a.example.com'): string =>
  `endpoints: [{ host: ${host}, protocol: https, upstream: "http://127.0.0.1:1", tls: ${policy} }]\n`;

describe('a TLS policy', () => {
  it('starts from the intermediate preset, or from the one that is named nearest', async () => {
    const alpn = ['h2', 'http/1.1'];
    const policyOf = async (yaml: string) => (await load(yaml)).endpoints[0]?.terminate;
    expect(await policyOf(endpoint('{}'))).toEqual({ ...TLS_PRESETS.intermediate, alpn });
    expect(await policyOf(endpoint('{ preset: modern }'))).toEqual({ ...TLS_PRESETS.modern, alpn });
    const old = 'tls: { minVersion: "1.1", groups: [P-256], alpnMismatch: ignore }\n';
    expect(await policyOf(old + endpoint('{ preset: modern, alpn: [http/1.1] }'))).toEqual({
      ...TLS_PRESETS.modern,
      alpnMismatch: 'ignore',
      alpn: ['http/1.1'],
    });
  });

  it('takes ciphers, groups and the rest as they are given', async () => {
    const { endpoints } = await load(
      endpoint(
        '{ maxVersion: "1.2", ciphers: [ecdhe-rsa-aes256-gcm-sha384], cipherOrder: client, groups: [P-384] }',
      ),
    );
    expect(endpoints[0]?.terminate).toMatchObject({
      ciphers: [...TLS_PRESETS.modern.ciphers, 'ECDHE-RSA-AES256-GCM-SHA384'],
      cipherOrder: 'client',
      groups: ['P-384'],
    });
  });

  it('compresses certificates for TLS 1.3 only', async () => {
    const endpointFor = (maxVersion: string): string =>
      `  - { host: "a${maxVersion}.example.com", protocol: https, upstream: "http://127.0.0.1:1", tls: { maxVersion: "${maxVersion}" } }\n`;
    const { endpoints } = await load(
      `tls: { certificateCompression: zlib }\nendpoints:\n${endpointFor('1.2')}${endpointFor('1.3')}`,
    );
    expect(endpoints.map(({ terminate }) => terminate?.certificateCompression)).toEqual([
      [],
      ['zlib'],
    ]);
  });

  it('has suites for TLS 1.1 where that is wanted, and a warning', async () => {
    const config = await load(endpoint('{ minVersion: 1.1 }'));
    expect(config.endpoints[0]?.terminate?.ciphers).toContain('ECDHE-RSA-AES128-SHA');
    expect(warningsOf(config, { now: () => new Date(), sleep: () => Promise.resolve() })).toEqual([
      expect.objectContaining({
        subject: 'a.example.com',
        message: expect.stringContaining('TLS 1.1') as string,
      }),
    ]);
  });

  it('reads client authorities and revocation lists, and names the files', async () => {
    const yaml = endpoint(
      '{ clientCertificates: { mode: verify, caBundle: ca.pem, crl: soon.pem } }',
    );
    const config = await load(yaml);
    expect(config.endpoints[0]?.terminate?.clientCertificates).toMatchObject({
      mode: 'verify',
      caPem,
      crlPem: expect.stringContaining('BEGIN X509 CRL') as string,
    });
    expect(config.source.files).toEqual(['ca.pem', 'soon.pem'].map((name) => directory.file(name)));
    const warnings = warningsOf(config, { now: () => new Date(), sleep: () => Promise.resolve() });
    expect(warnings).toEqual([
      expect.objectContaining({ message: expect.stringContaining('expires') as string }),
    ]);
    const none = 'tls: { clientCertificates: { mode: require } }\n';
    const [first] = (await load(none + endpoint('{ clientCertificates: { mode: none } }')))
      .endpoints;
    expect(first?.terminate).not.toHaveProperty('clientCertificates');
  });

  it('of a listener stands between that of the top level and that of the endpoint', async () => {
    const { endpoints, terminator } = await load(`tls: { alpnMismatch: ignore, groups: [P-256] }
listeners:
  - { address: ":443" }
  - { address: ":8443", tls: { groups: [P-384], cipherOrder: client, noServerName: a.example.com } }
${endpoint('{ cipherOrder: server, alpn: [h2] }')}`);
    expect(terminator.listeners[1]).toEqual({
      address: '::',
      port: 8443,
      protocol: 'tls',
      policy: '[::]:8443',
      noServerName: 'a.example.com',
    });
    expect(terminator.listeners[0]).not.toHaveProperty('policy');
    const usual = {
      ...TLS_PRESETS.intermediate,
      alpnMismatch: 'ignore',
      alpn: ['h2'],
      groups: ['P-256'],
    };
    expect(endpoints[0]).toMatchObject({
      terminate: usual,
      terminateAt: { '[::]:8443': { ...usual, groups: ['P-384'] } },
    });
  });
});

describe('a TLS policy that makes no sense is refused:', () => {
  const verify = (keys: string): string => `tls: { clientCertificates: { ${keys} } }`;
  it.each([
    ['tls: { preset: old }', /^1:16 tls\.preset: must be one of: "?modern/],
    [
      'tls: { ciphers: [ECDHE-RSA-AES128-GCM-SHA265] }',
      '1:18 tls.ciphers[0]: is not a cipher suite of this TLS library; the nearest is ECDHE-RSA-AES128-GCM-SHA256',
    ],
    ['tls: { ciphers: [PSK-AES128-GCM-SHA256] }', /^1:18 .*works without certificates/],
    ['tls: { ciphers: [DHE-RSA-AES128-GCM-SHA256] }', /^1:18 .*needs Diffie-Hellman parameters/],
    ['tls: { groups: [X25519MLKEM786] }', /^1:17 tls\.groups\[0\]: .*nearest is X25519MLKEM768$/],
    ['tls: { groups: ["?X25519"] }', /^1:17 tls\.groups\[0\]: is not a key exchange group/],
    ['tls: { groups: [P-256, P-256] }', '1:24 tls.groups[1]: stands in the list twice'],
    ['tls: { preset: modern, minVersion: "1.2" }', /^1:36 tls\.minVersion: .*no cipher suite/],
    [
      'tls: { preset: modern, maxVersion: "1.2" }',
      /^1:36 tls\.maxVersion: minVersion 1\.3 \(tls\.preset\) is above maxVersion 1\.2 \(/,
    ],
    [
      'tls: { minVersion: 1.1, ciphers: [ECDHE-RSA-AES128-GCM-SHA256] }',
      /^1:20 tls\.minVersion: TLS 1\.1 is accepted/,
    ],
    ['tls: { ciphers: [TLS_AES_128_GCM_SHA256] }', /^1:17 tls\.ciphers: TLS 1\.2 is accepted/],
    [
      'tls: { minVersion: "1.3", maxVersion: "1.2" }',
      /^1:20 tls\.minVersion: minVersion 1\.3 \(tls\.minVersion\) is above/,
    ],
    ['tls: { alpn: [h2, h2] }', '1:19 tls.alpn[1]: stands in the list twice'],
    ['tls: { alpn: [acme-tls/1] }', '1:15 tls.alpn[0]: acme-tls/1 is for challenges only'],
    ['tls: { alpnMismatch: drop }', /^1:22 tls\.alpnMismatch: must be one of/],
    ['tls: { certificateCompression: gzip }', /^1:32 tls\.certificateCompression: must be/],
    [verify('mode: verify'), /caBundle: is required where mode is verify$/],
    [verify('mode: request, crl: crl.pem'), /\.crl: has no use without caBundle$/],
    [verify('mode: none, caBundle: ca.pem'), /\.mode: none has no use for caBundle/],
    [verify('mode: verify, caBundle: none.pem'), /caBundle: cannot read .*: it does not exist$/],
    [verify('mode: verify, caBundle: nothing.pem'), /caBundle: .*it has no PEM certificate$/],
    [verify('mode: verify, caBundle: ca.pem, crl: ca.pem'), /crl: .*it has no PEM revocation list/],
    [verify('mode: verify, caBundle: ca.pem, crl: torn.pem'), /crl: .*a list in it is damaged$/],
    [verify('mode: verify, caBundle: ca.pem, crl: old.pem'), /crl: .*has expired on 2020-01-02T/],
    [
      verify('mode: verify, caBundle: two.pem, crl: crl.pem'),
      /crl: .*no list of the authority CN=blue CA/,
    ],
    [
      'listeners: [{ address: ":80", protocol: http, tls: {} }]',
      '1:52 listeners[0].tls: has no use at a listener with protocol http',
    ],
    [
      'listeners: [{ address: ":1", tls: { noServerName: b.example.com } }]',
      /^1:51 listeners\[0\]\.tls\.noServerName: no endpoint is for this name$/,
    ],
    [
      `listeners: [{ address: ":1", tls: { maxVersion: "1.2" } }]\n${endpoint('{ minVersion: "1.3" }')}`,
      /^2:.* endpoints\[0\]\.tls\.minVersion: minVersion 1\.3 \(endpoints\[0\]\.tls\.minVersion\) is above maxVersion 1\.2 \(listeners\[0\]\.tls\.maxVersion\)$/,
    ],
    [
      `listeners: [{ address: ":1", tls: { alpn: [imap] } }]\n${endpoint('{}')}`,
      /^2:.* endpoints\[0\]: https endpoints speak .* \(from listeners\[0\]\.tls\.alpn\)$/,
    ],
  ])('%s', async (yaml, expected) => {
    const [problem = '', ...others] = await problemsOf(yaml);
    expect(others).toEqual([]);
    expect(problem).toMatch(expected);
  });
});
