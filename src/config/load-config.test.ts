import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

const environment: Environment = {
  variables: { TOKEN: 'sekret-token', DAYS: '7', EMPTY: '' },
  cwd: '/',
  home: '/home/someone',
  dataHome: '/home/someone/.local/share',
  configPath: undefined,
  searchPath: undefined,
  noColor: false,
  isRoot: false,
  processors: 3,
  terminal: { stdout: false, stderr: false },
};

async function load(yaml: string, files: Record<string, string> = {}): Promise<Config> {
  await using directory = await openTempDir();
  for (const [name, text] of Object.entries(files)) await writeFile(directory.file(name), text);
  const path = directory.file('certctl.yaml');
  await writeFile(path, yaml);
  return await loadConfig({ path, environment: { ...environment, cwd: directory.path } });
}

/** What a file is refused with; fails when it is not refused. */
async function refusal(yaml: string, files?: Record<string, string>): Promise<AppError> {
  const outcome = await load(yaml, files).catch((thrown: unknown) => thrown);
  if (!(outcome instanceof AppError)) throw new Error('the file was accepted', { cause: outcome });
  return outcome;
}

async function problemsOf(yaml: string): Promise<string[]> {
  const { code, context } = await refusal(yaml);
  expect(code).toBe('config/invalid');
  return (context['problems'] as Problem[]).map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
}

function like(expected: string | RegExp): unknown {
  // oxlint-disable-next-line vitest/no-conditional-expect -- both branches end in one comparison
  return typeof expected === 'string' ? expected : expect.stringMatching(expected);
}

const CREDENTIAL = 'dns:\n  main: { provider: exec, program: /bin/true }\n';

describe('loadConfig without a file', () => {
  it('has the predefined issuers and defaults that need nothing else', async () => {
    const config = await loadConfig({ path: undefined, environment });
    expect(config.source).toEqual({});
    expect(Object.keys(config.issuers)).toEqual(['letsencrypt', 'letsencrypt-staging', 'internal']);
    expect(config.defaults).toEqual({
      issuers: ['letsencrypt'],
      challenges: ['tls-alpn-01', 'http-01'],
      keyTypes: ['ec256'],
    });
    expect(config.terminator.listeners).toEqual([
      { address: '::', port: 443, protocol: 'tls' },
      { address: '::', port: 80, protocol: 'http' },
    ]);
    expect(config.workers).toBe(3);
  });

  it.each([
    [{ isRoot: true }, undefined, '/var/lib/certctl'],
    [{ isRoot: false }, undefined, '/home/someone/.local/share/certctl'],
    [{ isRoot: true, cwd: '/work' }, 'data', '/work/data'],
  ])('keeps its data where it belongs: %j, --data-dir %s', async (change, dataDir, expected) => {
    const request = { path: undefined, environment: { ...environment, ...change }, dataDir };
    expect((await loadConfig(request)).dataDir).toBe(expected);
  });
});

describe('loadConfig', () => {
  it('takes an empty file for the defaults', async () => {
    const { source, ...config } = await load('# nothing yet\n');
    const { source: none, ...defaults } = await loadConfig({ path: undefined, environment });
    expect(config).toEqual(defaults);
    expect([source.path?.endsWith('/certctl.yaml'), none.path]).toEqual([true, undefined]);
  });

  it('takes a standing record for a wildcard without any DNS credential', async () => {
    const { certificates } = await load(
      'certificates: [{ names: ["*.example.com"], challenge: [dns-persist-01, http-01] }]',
    );
    expect(certificates).toMatchObject([{ challenges: ['dns-persist-01', 'http-01'] }]);
    expect(certificates[0]).not.toHaveProperty('dns');
  });

  it('applies the defaults to certificates, each only as far as it says nothing else', async () => {
    const { certificates } = await load(
      `${CREDENTIAL}defaults: { issuer: [internal, letsencrypt], keyType: ec384, profile: short, preferredChain: R }
certificates:
  - names: [b.example.com, A.example.com., "192.0.2.1"]
  - { names: ["*.example.com"], challenge: dns-01, keyType: rsa2048, issuer: letsencrypt, preferredChain: Root }
`,
    );
    expect(certificates).toEqual([
      {
        names: ['192.0.2.1', 'a.example.com', 'b.example.com'],
        issuers: ['internal', 'letsencrypt'],
        challenges: ['tls-alpn-01', 'http-01'],
        keyType: 'ec384',
        profile: 'short',
        preferredChain: 'R',
      },
      {
        names: ['*.example.com'],
        issuers: ['letsencrypt'],
        challenges: ['dns-01'],
        dns: 'main',
        keyType: 'rsa2048',
        profile: 'short',
        preferredChain: 'Root',
      },
    ]);
  });

  it('makes two certificates of a pair, the one with an EC key first', async () => {
    const { certificates, defaults } = await load(
      `defaults: { keyType: [rsa3072, ec256] }
certificates:
  - names: [a.example.com]
  - { names: [b.example.com], keyType: [ec384] }
  - { names: [c.example.com], keyType: ec256 }
  - { names: [c.example.com], keyType: rsa4096, challenge: http-01 }
`,
    );
    expect(defaults.keyTypes).toEqual(['ec256', 'rsa3072']);
    expect(certificates.map(({ names, keyType }) => `${names.join()} ${keyType}`)).toEqual([
      'a.example.com ec256',
      'a.example.com rsa3072',
      'b.example.com ec384',
      'c.example.com ec256',
      'c.example.com rsa4096',
    ]);
  });

  it('wants no proof of control for a wildcard of the internal issuer', async () => {
    const { certificates } = await load(
      'certificates: [{ names: ["*.corp.internal"], issuer: internal }]',
    );
    expect(certificates).toHaveLength(1);
  });

  it('completes endpoints by protocol and by the top-level policy', async () => {
    const { endpoints } = await load(`tls: { minVersion: 1.3 }
endpoints:
  - { host: a.example.com, protocol: https, upstream: "http://LOCALHOST" }
  - { host: b.example.com, protocol: https, upstream: "http://[::1]:81/", tls: { minVersion: "1.2" } }
  - { host: c.example.com, protocol: tls, upstream: "tcp://my_db:5432" }
  - { host: "*.d.example.com", protocol: tls, upstream: "tcp://127.0.0.1:1", terminateTls: {} }
`);
    const alpn = ['h2', 'http/1.1'];
    const { intermediate } = TLS_PRESETS;
    expect(endpoints).toEqual([
      {
        host: 'a.example.com',
        protocol: 'https',
        upstreams: [{ scheme: 'http', target: { host: 'localhost', port: 80 } }],
        terminate: { ...intermediate, minVersion: '1.3', alpn },
      },
      {
        host: 'b.example.com',
        protocol: 'https',
        upstreams: [{ scheme: 'http', target: { host: '::1', port: 81 } }],
        terminate: { ...intermediate, minVersion: '1.2', alpn },
      },
      {
        host: 'c.example.com',
        protocol: 'tls',
        upstreams: [{ scheme: 'tcp', target: { host: 'my_db', port: 5432 } }],
      },
      {
        host: '*.d.example.com',
        protocol: 'tls',
        upstreams: [{ scheme: 'tcp', target: { host: '127.0.0.1', port: 1 } }],
        terminate: { ...intermediate, minVersion: '1.3', alpn: ['http/1.1'] },
      },
    ]);
  });

  it('reads durations, counts and listeners', async () => {
    const config = await load(`workers: "\${DAYS}"
limits: { idle: 5m, connections: 10 }
listeners: [{ address: ":80", protocol: http }, { address: "[::1]:8443" }, { address: "127.0.0.1:0" }]
dns:
  main: { provider: exec, program: /bin/true, timeout: 90s, propagation: { extraWait: 1m, check: false } }
`);
    expect(config.workers).toBe(7);
    expect(config.terminator.limits).toMatchObject({ idleMs: 300_000, connections: 10 });
    expect(config.terminator.limits.handshakeMs).toBeGreaterThan(0);
    expect(config.terminator.listeners).toEqual([
      { address: '::', port: 80, protocol: 'http' },
      { address: '::1', port: 8443, protocol: 'tls' },
      { address: '127.0.0.1', port: 0, protocol: 'tls' },
    ]);
    expect(config.terminator.httpsPort).toBe(8443);
    expect(config.dns['main']).toMatchObject({
      provider: 'exec',
      timeoutMs: 90_000,
      propagation: { timeoutMs: 120_000, extraWaitMs: 60_000, check: false },
    });
  });

  it('keeps the directory of a predefined issuer that the file only adds to', async () => {
    const { issuers } = await load(
      'issuers: { letsencrypt: { type: acme, email: o@example.com } }',
    );
    expect(issuers['letsencrypt']).toMatchObject({
      directory: 'https://acme-v02.api.letsencrypt.org/directory',
      email: 'o@example.com',
    });
  });

  it('reads rate limits of a CA, and leaves the others to it', async () => {
    const { issuers } = await load(
      'issuers: { letsencrypt: { type: acme, limits: { newOrdersPerAccount: { count: 9, per: 2h } } } }',
    );
    expect(issuers['letsencrypt']).toMatchObject({
      limits: { newOrdersPerAccount: { count: 9, perMs: 7_200_000 } },
    });
  });

  it('takes secrets from variables and files, and never types them anew', async () => {
    const config = await load(
      `dns:
  one: { provider: cloudflare, apiToken: "\${TOKEN}" }
  two: { provider: cloudflare, apiToken: "\${file:token.txt}" }
  three: { provider: cloudflare, apiToken: "$$\${DAYS}" }
`,
      { 'token.txt': '0123\n' },
    );
    const tokens = Object.values(config.dns).map((one) => 'apiToken' in one && one.apiToken);
    expect(tokens).toEqual(['sekret-token', '0123', '$7']);
  });

  it('resolves paths from the folder of the file', async () => {
    const config = await load('dataDir: data\nkeyring: { source: file, path: /etc/k.json }\n');
    expect(config.dataDir).toBe(config.source.path?.replace('certctl.yaml', 'data'));
    expect(config.keyring).toEqual({ source: 'file', path: '/etc/k.json' });
  });

  it('is frozen in depth, and knows only what was declared', async () => {
    const config = await load(CREDENTIAL);
    expect(Object.isFrozen(config.dns['main']?.propagation)).toBe(true);
    expect(Object.isFrozen(config.terminator.limits)).toBe(true);
    expect([config.issuers['constructor'], config.dns['toString']]).toEqual([undefined, undefined]);
  });
});

describe('loadConfig refuses', () => {
  it.each([
    ['datDir: x', '1:1 datDir: unknown key "datDir"; the nearest known key is "dataDir"'],
    ['log:\n  level: inf', /^2:10 log\.level: must be one of: .*; "info" is nearest$/],
    ['certificates:\n  - names: []', '2:12 certificates[0].names: must not be empty'],
    ['certificates:\n  - keyType: ec256', '2:5 certificates[0].names: is required: a list'],
    ['workers: 0', '1:10 workers: must be "auto" or a whole number from 1 to 256'],
    ['preflight: { publicAddresses: [x] }', /^1:32 .*publicAddresses.*must be an IP address$/],
    ['preflight: { resolvers: [ns.example] }', /resolvers.*: must be an IP address, with a port/],
    ['limits: { idle: 5 }', /^1:17 limits\.idle: must be a duration such as/],
    ['renewal: { sweep: "* *" }', /^1:19 renewal\.sweep: must be a cron expression/],
    ['tls: { minVersion: 1.0 }', '1:20 tls.minVersion: must be one of: "1.1", "1.2", "1.3"'],
    [
      'dns: { a: { provider: exec, program: x } }',
      /^1:38 dns\.a\.program: must be an absolute path/,
    ],
    ['dns: { a: { provider: exce } }', /^1:23 dns\.a\.provider: .*"exec" is nearest$/],
    [
      'issuers: { a: { type: internal, x: 1 } }',
      /^1:33 issuers\.a\.x: unknown key "x"; known here: /,
    ],
    ['issuers: { "a b": { type: internal } }', /^1:12 issuers\["a b"\]: must be a name of letters/],
    [
      'issuers: { a: { type: acme, directory: "http://x" } }',
      /^1:40 issuers\.a\.directory: must be/,
    ],
    [
      'issuers: { letsencrypt: { type: acme, limits: { requests: { count: 0, per: 1s } } } }',
      /^1:68 issuers\.letsencrypt\.limits\.requests\.count: must be a whole number from 1/,
    ],
    [
      'issuers: { letsencrypt: { type: acme, limits: { newOrders: { count: 1, per: 1s } } } }',
      /^1:49 issuers\.letsencrypt\.limits\.newOrders: unknown key "newOrders"; known here: newOrders/,
    ],
    [
      'issuers: { letsencrypt: { type: acme, externalAccount: { keyId: a } } }',
      /^1:\d+ issuers\.letsencrypt\.externalAccount\.hmacKey: must be base64url/,
    ],
    [
      'issuers: { letsencrypt: { type: acme, externalAccount: { keyId: a, hmacKey: "a+b/" } } }',
      /^1:\d+ issuers\.letsencrypt\.externalAccount\.hmacKey: must be base64url/,
    ],
    [
      'issuers: { letsencrypt: { type: acme, externalAccount: { keyId: a, hmacKey: ab, algorithm: HS1 } } }',
      /^1:\d+ issuers\.letsencrypt\.externalAccount\.algorithm: must be one of: "HS256"/,
    ],
    [
      'issuers: { letsencrypt: { type: acme, staging: "http://x" } }',
      /^1:\d+ issuers\.letsencrypt\.staging: must be an https URL/,
    ],
    ['issuers: { a: { type: acme } }', /^1:15 issuers\.a\.directory: is required/],
    ['issuers: { a: { type: acme, email: x } }', /^1:36 issuers\.a\.email: must be one e-mail/],
    ['- a', '1:1 : must be a map of keys, not a list'],
  ])('a wrong shape: %s', async (yaml, expected) => {
    const problems = await problemsOf(yaml);
    expect(problems).toContainEqual(like(expected));
  });

  it.each([
    ['a: 1\na: 2\nlog: {', /^2:1 : this key stands twice/],
    ['log:\n\tlevel: info', /^2:1 : this line is indented by a tab$/],
    ['log: {}\n---\nlog: {}', /^2:1 : a second YAML document begins here/],
    ['log: !foo {}', /^1:6 : this YAML tag has no meaning/],
    ['dns: *nope', /^1:6 dns: refers to the anchor "nope"/],
    ['log: &x [*x]', /^1:10 log\[0\]\[0\]: is nested too deeply$/],
    ['issuers:\n  __proto__: { type: internal }', /^2:3 issuers: has the key "__proto__"$/],
    ['['.repeat(300_000), / : this is nested too deeply$/],
  ])('damaged or hostile YAML: %.40s', async (yaml, expected) => {
    expect(await problemsOf(yaml)).toContainEqual(expect.stringMatching(expected));
  });

  it('aliases that multiply, in bounded time', async () => {
    const levels = Array.from('bcdefghi', (name, index) => {
      const above = `*${'abcdefgh'[index]}`;
      return `${name}: &${name} [${Array.from({ length: 10 }, () => above).join(', ')}]`;
    });
    const problems = await problemsOf(`a: &a [x, x]\n${levels.join('\n')}\n`);
    expect(problems).toContainEqual(expect.stringMatching(/ : has too many values$/));
  }, 10_000);

  it.each([
    [
      'certificates: [{ names: ["*.example.com"] }]',
      /^1:26 certificates\[0\]\.names\[0\]: \*\.example\.com is a wildcard, which only/,
    ],
    [
      'certificates: [{ names: [a.example.com], challenge: dns-01 }]',
      /^1:53 certificates\[0\]\.challenge: dns-01 needs a DNS credential, and the file has none$/,
    ],
    [
      `${CREDENTIAL}certificates: [{ names: ["192.0.2.1"], challenge: dns-01 }]`,
      /^3:26 certificates\[0\]\.names\[0\]: 192\.0\.2\.1 is an IP address, which dns-01 cannot/,
    ],
    [
      `${CREDENTIAL}certificates: [{ names: [a.example.com], dns: mian, challenge: dns-01 }]`,
      /^3:47 certificates\[0\]\.dns: there is no DNS credential "mian"; the nearest is "main"$/,
    ],
    [
      `${CREDENTIAL}certificates: [{ names: [a.example.com], dns: main }]`,
      /^3:47 certificates\[0\]\.dns: is not used/,
    ],
    [
      'certificates: [{ names: [a.example.com], challenge: dns-account-01 }]',
      /^1:53 certificates\[0\]\.challenge: dns-account-01 needs a DNS credential, and the file has none$/,
    ],
    [
      'certificates: [{ names: ["192.0.2.1"], challenge: dns-persist-01 }]',
      /^1:26 certificates\[0\]\.names\[0\]: 192\.0\.2\.1 is an IP address, which dns-persist-01 cannot/,
    ],
    [
      `${CREDENTIAL}certificates: [{ names: [a.example.com], dns: main, challenge: dns-persist-01 }]`,
      /^3:47 certificates\[0\]\.dns: is not used/,
    ],
    ['defaults: { challenge: dns-presist-01 }', /^1:24 defaults\.challenge: .*dns-persist-01/],
    [
      'defaults: { issuer: [internal, letsencript] }',
      /^1:32 defaults\.issuer\[1\]: .*"letsencrypt"$/,
    ],
    ['defaults: { issuer: intern }', /^1:21 defaults\.issuer: there is no issuer "intern"/],
    ['defaults: { challenge: dns-01 }', /^1:24 defaults\.challenge: dns-01 needs a DNS credential/],
    [
      'certificates:\n  - { names: [a.example], keyType: [ec256, rsa2048] }\n  - { names: [a.example], keyType: ec384 }',
      '3:14 certificates[1].names: certificates[0] has the same names: a.example',
    ],
    [
      'defaults:\n  keyType: [rsa2048, ec256, ec384]',
      '2:29 defaults.keyType[2]: ec384 beside ec256 makes no pair',
    ],
    ['defaults: { keyType: [ec256, dsa] }', /keyType\[1\]: must be one of: "ec256"/],
    [
      'certificates:\n  - names: [bücher.example]\n  - names: [xn--bcher-kva.example.]',
      '3:12 certificates[1].names: certificates[0] has the same names: bücher.example (xn--bcher-kva.example)',
    ],
    [
      'certificates: [{ names: [a_b.example] }]',
      /^1:26 certificates\[0\]\.names\[0\]: "a_b\.example" cannot be in a certificate/,
    ],
    ['tls: { noServerName: a.example.com }', '1:22 tls.noServerName: no endpoint is for this name'],
    [
      'listeners: [{ address: localhost:1 }]',
      /^1:24 listeners\[0\]\.address: must have an IP address/,
    ],
    [
      'listeners: [{ address: ":99999" }]',
      /^1:24 listeners\[0\]\.address: has a port above 65535$/,
    ],
    [
      'listeners: [{ address: ":1" }, { address: "[::]:1" }]',
      '1:43 listeners[1].address: listeners[0] has the same address',
    ],
    [
      'issuers: { a: { type: acme, directory: "https://x", caBundle: no.pem } }',
      /^1:63 issuers\.a\.caBundle: cannot read .*: it does not exist$/,
    ],
  ])('a wrong meaning: %s', async (yaml, expected) => {
    expect(await problemsOf(yaml)).toEqual([like(expected)]);
  });

  it('two endpoints of one host, also when one has another fault', async () => {
    const problems = await problemsOf(`endpoints:
  - { host: a.example.com, protocol: tls, upstream: "tcp://h" }
  - { host: A.example.com, protocol: tls, upstream: "tcp://h:1" }`);
    expect(problems).toHaveLength(2);
    expect(problems[1]).toBe(
      '3:13 endpoints[1].host: endpoints[0] has the same host: a.example.com',
    );
  });

  it('a CA bundle without certificate', async () => {
    const yaml = 'issuers: { a: { type: acme, directory: "https://x", caBundle: ca.pem } }';
    const { message } = await refusal(yaml, { 'ca.pem': 'nothing' });
    expect(message).toMatch(/is not a CA bundle: it has no PEM certificate$/);
  });

  it('everything at once, in the order of the file, with the first few in the message', async () => {
    const { message, context } = await refusal(
      `loog: {}\ndefaults: { issuer: none-such }\nworkers2: 1\ntls: { minVersion: 2 }\nlog: { level: 1 }\nlimits: { idle: x }\nlisteners: 5\n`,
    );
    expect((context['problems'] as Problem[]).map(({ line }) => line)).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(message.split('\n')).toHaveLength(6);
    expect(message).toMatch(/^certctl\.yaml:1:1: loog: unknown key "loog"/);
    expect(message).toMatch(/\nand 2 more$/);
  });

  it('no more by wrong defaults than the defaults themselves', async () => {
    const yaml = `${CREDENTIAL}defaults: { challenge: dns-01, keyType: dsa }\ncertificates: [{ names: ["*.example.com"] }]`;
    expect(await problemsOf(yaml)).toHaveLength(1);
  });

  it('a variable that is not set, without a second complaint about the text', async () => {
    expect(await problemsOf('issuers:\n  a: { type: acme, directory: "${NOPE}" }')).toEqual([
      '2:31 issuers.a.directory: refers to the environment variable NOPE, which is not set',
    ]);
  });

  it.each([
    'certificates: [{ names: ["${TOKEN}_"] }]',
    'defaults: { issuer: "${TOKEN}" }',
    'defaults: { keyType: "${TOKEN}" }',
    'endpoints: [{ host: "${TOKEN}_", protocol: tls, upstream: "${TOKEN}" }]',
    'tls: { alpn: ["${TOKEN}", "${TOKEN}"], noServerName: "${TOKEN}" }',
    'workers: "${TOKEN}"',
    'dns: { a: { provider: cloudflare, apiToken: "${TOKEN}\\n" } }',
    'dns: { a: { provider: cloudflare, apiToken: x } } sekret-token',
    'dns: { a: { provider: cloudflare, apiToken: x } } "sekret-token"',
  ])('without showing a secret: %s', async (yaml) => {
    const { code, message, mend, context } = await refusal(yaml);
    expect(code).toBe('config/invalid');
    expect(JSON.stringify([message, mend, context])).not.toContain('sekret');
  });

  it('a file that is too long, or no text', async () => {
    expect((await refusal('#'.repeat(1024 * 1024 + 1))).code).toBe('file/unreadable');
    await expect(loadConfig({ path: '/dev/zero', environment })).rejects.toMatchObject({
      code: 'file/unreadable',
    });
  });
});
