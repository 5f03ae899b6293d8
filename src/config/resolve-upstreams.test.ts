import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createOpensslCredential } from '../../test/support/openssl-credential.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import type { Credential } from '../feed/feed.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

let own: Credential;
let other: Credential;
beforeAll(async () => {
  [own, other] = await Promise.all([
    createOpensslCredential(['client.internal'], { serial: 1 }),
    createOpensslCredential(['other.internal'], { serial: 2 }),
  ]);
});

async function load(yaml: string): Promise<Config> {
  await using directory = await openTempDir();
  const files = {
    'own.pem': own.chainPem,
    'own.key': own.privateKeyPem,
    'other.key': other.privateKeyPem,
    'empty.pem': '',
    'certctl.yaml': yaml,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(directory.file(name), text);
  return await loadConfig({
    path: directory.file('certctl.yaml'),
    environment: readEnvironment(),
  });
}

async function problemsOf(yaml: string): Promise<string[]> {
  const outcome = await load(yaml).catch((thrown: unknown) => thrown);
  if (!(outcome instanceof AppError)) throw new Error('the file was accepted', { cause: outcome });
  return (outcome.context['problems'] as Problem[]).map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
}

describe('the upstreams of an endpoint', () => {
  it('are of every scheme, alone or in a list, with their files read', async () => {
    const { endpoints } = await load(`endpoints:
  - host: a.example.com
    protocol: https
    upstream: [http://a, "https://b", h2c://c:1, unix:/run/d.sock]
    health: { path: /healthz, interval: 1m }
  - host: b.example.com
    protocol: tls
    terminateTls: {}
    proxyProtocol: v2
    upstream:
      - tcp://10.0.0.1:5432
      - url: tls://10.0.0.2:5432
        caBundle: own.pem
        serverName: DB.internal
        certificate: own.pem
        key: own.key
  - { host: c.example.com, protocol: http, upstream: "unix:///run/c.sock" }
`);
    expect(endpoints[0]).toMatchObject({
      upstreams: [
        { scheme: 'http', target: { host: 'a', port: 80 } },
        { scheme: 'https', target: { host: 'b', port: 443 } },
        { scheme: 'h2c', target: { host: 'c', port: 1 } },
        { scheme: 'http', target: { path: '/run/d.sock' } },
      ],
      health: { path: '/healthz', intervalMs: 60_000, timeoutMs: 5_000 },
    });
    expect(endpoints[1]).toMatchObject({
      proxyProtocol: 'v2',
      upstreams: [
        { scheme: 'tcp', target: { host: '10.0.0.1', port: 5432 } },
        {
          scheme: 'tls',
          target: { host: '10.0.0.2', port: 5432 },
          tls: {
            caPem: `${own.chainPem.trim()}\n`,
            serverName: 'db.internal',
            certificatePem: `${own.chainPem.trim()}\n`,
            privateKeyPem: own.privateKeyPem,
          },
        },
      ],
    });
    expect(endpoints[2]).toEqual({
      host: 'c.example.com',
      protocol: 'http',
      upstreams: [{ scheme: 'http', target: { path: '/run/c.sock' } }],
    });
  });

  const tls = (upstream: string): string => `endpoints:
- host: a.example.com
  protocol: tls
  terminateTls: {}
  upstream: ${upstream}`;
  const https = (more: string): string => `endpoints:
- host: a.example.com
  protocol: https
  ${more}`;

  it.each([
    [tls('[]'), '5:13 endpoints[0].upstream: must not be empty'],
    [tls('tls://h'), '5:13 endpoints[0].upstream: needs a port, e.g. tls://127.0.0.1:5432'],
    [
      tls('[tcp://h:1, "tcp://H:1"]'),
      '5:25 endpoints[0].upstream[1]: upstream[0] is the same upstream',
    ],
    [
      tls('{ url: tls://h }'),
      '5:20 endpoints[0].upstream.url: needs a port, e.g. tls://127.0.0.1:5432',
    ],
    [
      tls('{ url: tcp://h:1, serverName: h }'),
      '5:43 endpoints[0].upstream.serverName: is for upstreams with tls:// only',
    ],
    [
      tls('{ url: tls://h:1, serverName: 10.0.0.1 }'),
      '5:43 endpoints[0].upstream.serverName: must be a hostname',
    ],
    [
      tls('{ url: tls://h:1, key: own.key }'),
      '5:36 endpoints[0].upstream.key: needs certificate beside it',
    ],
    [
      tls('{ url: tls://h:1, certificate: own.pem, key: other.key }'),
      /^5:58 endpoints\[0\]\.upstream\.key: .*other\.key is not the key of the certificate$/,
    ],
    [
      tls('{ url: tls://h:1, caBundle: empty.pem }'),
      /^5:41 endpoints\[0\]\.upstream\.caBundle: .*empty\.pem is not a CA bundle: it has no PEM/,
    ],
    [
      tls(`"unix:/${'x'.repeat(103)}"`),
      '5:13 endpoints[0].upstream: has a path of more than 103 bytes, which no socket can have',
    ],
    [
      https('upstream: http://h\n  proxyProtocol: v2'),
      /^5:18 endpoints\[0\]\.proxyProtocol: is for endpoints with protocol tls or tcp: HTTP/,
    ],
    [
      https('upstream: http://h\n  health: { status: 204 }'),
      '5:21 endpoints[0].health.status: needs path beside it',
    ],
    [
      https('upstream: http://h\n  health: { path: healthz }'),
      '5:19 endpoints[0].health.path: must be a path, e.g. /healthz',
    ],
    [
      https('upstream: http://h\n  health: { interval: 1ms }'),
      /^5:23 endpoints\[0\]\.health\.interval: must be a duration .*, at least 100ms$/,
    ],
    [
      `${tls('tcp://h:1')}\n  health: { path: / }`,
      '6:19 endpoints[0].health.path: is for endpoints with protocol http or https only',
    ],
  ])('are refused with their place: %s', async (yaml, expected) => {
    const [first] = await problemsOf(yaml);
    expect(first).toMatch(expected);
  });

  it.each([
    ['https', 'tcp://h:1', 'must start with http://, https://, h2c:// or unix: here'],
    ['tls', 'http://h', 'must start with tcp://, tls:// or unix: here'],
    ['tls', 'tcp://h', 'needs a port, e.g. tcp://127.0.0.1:5432'],
    ['tls', 'tcp://h:0', 'needs a port from 1 to 65535'],
    ['tls', 'tcp://u:sekret@h:1', 'must not contain a user name or password'],
    ['https', 'http://h/path', 'must end after the port: paths are passed on unchanged'],
    ['https', 'http://10.0.0.256', 'has a host that is neither IP address nor name'],
    ['https', 'localhost:3000', 'must start with http://, https://, h2c:// or unix: here'],
    ['https', 'h2c://h', 'needs a port, e.g. h2c://127.0.0.1:5432'],
    ['http', 'unix:app.sock', 'needs an absolute path, e.g. unix:/run/app.sock'],
    [
      'tls',
      'tls://h:1',
      'is tls:// although the bytes of the client are TLS already, and are not opened here',
    ],
  ])('an upstream of %s endpoints: %s', async (protocol, upstream, expected) => {
    const yaml = `endpoints:\n  - host: a.example.com\n    protocol: ${protocol}\n    upstream: "${upstream}"`;
    expect(await problemsOf(yaml)).toEqual([`4:15 endpoints[0].upstream: ${expected}`]);
  });
});

describe('where it listens', () => {
  it('has a port for each tcp endpoint, and the proxies that each listener believes', async () => {
    const { terminator, endpoints } = await load(`listeners:
  - { address: ":443", proxyProtocol: { from: [10.0.0.0/8, "2001:db8::1"] } }
  - { address: ":444", forwarded: { from: [192.0.2.0/24] } }
  - { address: ":80", protocol: http, forwarded: { from: ["::1"], fields: [Forwarded] } }
endpoints:
  - { protocol: tcp, listen: "127.0.0.1:5432", upstream: tcp://10.0.0.5:5432 }
  - protocol: tcp
    listen: { address: ":25", proxyProtocol: { from: [192.0.2.1] } }
    upstream: unix:/run/mail.sock
    proxyProtocol: v1
`);
    expect(endpoints).toEqual([]);
    expect(terminator.listeners).toMatchObject([
      { port: 443, protocol: 'tls', proxyProtocol: { from: ['10.0.0.0/8', '2001:db8::1'] } },
      {
        port: 444,
        forwarded: { from: ['192.0.2.0/24'], fields: ['X-Forwarded-For', 'X-Forwarded-Proto'] },
      },
      { port: 80, protocol: 'http', forwarded: { from: ['::1'], fields: ['Forwarded'] } },
      {
        address: '127.0.0.1',
        port: 5432,
        protocol: 'tcp',
        tcp: { upstreams: [{ scheme: 'tcp', target: { host: '10.0.0.5', port: 5432 } }] },
      },
      {
        address: '::',
        port: 25,
        protocol: 'tcp',
        proxyProtocol: { from: ['192.0.2.1'] },
        tcp: {
          upstreams: [{ scheme: 'tcp', target: { path: '/run/mail.sock' } }],
          proxyProtocol: 'v1',
        },
      },
    ]);
  });

  it.each([
    [
      'endpoints: [{ protocol: tcp, listen: ":443", upstream: tcp://h:1 }]',
      '1:38 endpoints[0].listen: a listener that is there without the key "listeners" has the same address',
    ],
    [
      'listeners: [{ address: ":1" }]\nendpoints: [{ protocol: tcp, listen: { address: ":1" }, upstream: tcp://h:1 }]',
      '2:49 endpoints[0].listen.address: listeners[0] has the same address',
    ],
    [
      'endpoints: [{ protocol: tcp, listen: "localhost:1", upstream: tcp://h:1 }]',
      '1:38 endpoints[0].listen: must have an IP address before the port',
    ],
    [
      'endpoints: [{ protocol: tcp, listen: ":1", upstream: tcp://h }]',
      '1:54 endpoints[0].upstream: needs a port, e.g. tcp://127.0.0.1:5432',
    ],
    [
      'listeners: [{ address: ":1", proxyProtocol: { from: [proxy.internal] } }]',
      '1:54 listeners[0].proxyProtocol.from[0]: must be an IP address or a network, e.g. 10.0.0.0/8',
    ],
    [
      'listeners: [{ address: ":1", proxyProtocol: { from: [10.0.0.0/33] } }]',
      '1:54 listeners[0].proxyProtocol.from[0]: has more than 32 bits',
    ],
    [
      'listeners: [{ address: ":1", proxyProtocol: { from: [] } }]',
      '1:53 listeners[0].proxyProtocol.from: must not be empty',
    ],
    [
      'listeners: [{ address: ":1", forwarded: { from: [cdn.example.com] } }]',
      '1:50 listeners[0].forwarded.from[0]: must be an IP address or a network, e.g. 10.0.0.0/8',
    ],
    [
      'listeners: [{ address: ":1", forwarded: { from: ["::/129"] } }]',
      '1:50 listeners[0].forwarded.from[0]: has more than 128 bits',
    ],
    [
      'listeners: [{ address: ":1", forwarded: { fields: [Forwarded] } }]',
      '1:41 listeners[0].forwarded.from: is required: a list',
    ],
    [
      'listeners: [{ address: ":1", forwarded: { from: ["::1"], fields: [X-Real-IP] } }]',
      '1:67 listeners[0].forwarded.fields[0]: must be one of: "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"',
    ],
    [
      'listeners: [{ address: ":1", forwarded: { from: ["::1"], fields: [Forwarded, X-Forwarded-For] } }]',
      '1:78 listeners[0].forwarded.fields[1]: would say a second time who the client is, and perhaps another one',
    ],
    [
      'endpoints: [{ protocol: tcp, listen: { address: ":1", forwarded: { from: ["::1"] } }, upstream: tcp://h:1 }]',
      '1:55 endpoints[0].listen.forwarded: unknown key "forwarded"; known here: address, proxyProtocol',
    ],
  ])('is refused with its place: %s', async (yaml, expected) => {
    expect(await problemsOf(yaml)).toEqual([expected]);
  });
});
