/**
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';

interface Written {
  readonly host?: string;
  readonly more?: string;
  readonly protocol?: string;
}

async function load(
  onDemand: string,
  { host = '*.apps.example.com', protocol = 'https', more = '' }: Written = {},
): Promise<Config> {
  await using dir = await openTempDir();
  const path = dir.file('certctl.yaml');
  const upstream = protocol === 'tls' ? 'tcp://127.0.0.1:1' : 'http://127.0.0.1:1';
  await writeFile(
    path,
    `endpoints:\n  - host: "${host}"\n    protocol: ${protocol}\n    upstream: ${upstream}\n    ${more}\n    ${onDemand}\n`,
  );
  return await loadConfig({ path, environment: readEnvironment() });
}

async function refusalOf(onDemand: string, written?: Written): Promise<string> {
  const thrown: unknown = await load(onDemand, written).catch((error: unknown) => error);
  return (thrown as Error).message;
}

const ASK = 'https://permission.example/ask?key=1';

describe('onDemand', () => {
  it('has limits and times that need not be written', async () => {
    const { onDemand, endpoints } = await load(`onDemand: { permission: "${ASK}" }`);
    expect(endpoints).toMatchObject([{ host: '*.apps.example.com' }]);
    expect(onDemand).toEqual([
      {
        host: '*.apps.example.com',
        permission: { url: ASK, timeoutMs: 5_000, allowedMs: 600_000, refusedMs: 60_000 },
        depth: 3,
        limit: { count: 20, perMs: 3_600_000 },
        totalLimit: { count: 100, perMs: 3_600_000 },
        refusedMs: 60_000,
      },
    ]);
  });

  it('says all of them, and patterns instead of a URL', async () => {
    const keys =
      'names: ["*.Customers.example", shop.example.org], depth: 1, limit: { count: 1, per: 1d }, totalLimit: { count: 2, per: 1d }, refusedFor: 5m';
    const { onDemand } = await load(`onDemand: { ${keys} }`, { host: '*' });
    expect(onDemand).toEqual([
      {
        host: '*',
        patterns: ['*.customers.example', 'shop.example.org'],
        depth: 1,
        limit: { count: 1, perMs: 86_400_000 },
        totalLimit: { count: 2, perMs: 86_400_000 },
        refusedMs: 300_000,
      },
    ]);
  });

  it.each(['http://127.0.0.1:1/ask', 'http://[::1]:1/', 'http://localhost/ask'])(
    'may ask %s, which never leaves the machine',
    async (url) => {
      expect((await load(`onDemand: { permission: "${url}" }`)).onDemand).toHaveLength(1);
    },
  );

  it('asks another machine without TLS only where that is said', async () => {
    const url = 'permission: "http://10.0.0.1/ask"';
    expect((await load(`onDemand: { ${url}, plainHttp: true }`)).onDemand).toHaveLength(1);
    expect(await refusalOf(`onDemand: { ${url} }`)).toContain(
      '6:29: endpoints[0].onDemand.permission: is an http URL of another machine',
    );
  });

  it.each<[string, string, Written?]>([
    ['onDemand: {}', '6:15: endpoints[0].onDemand: needs permission or names'],
    ['onDemand: { permission: ask }', 'onDemand.permission: must be an https URL'],
    ['onDemand: { permission: "ftp://a.test" }', 'onDemand.permission: must be an https URL'],
    ['onDemand: { permission: "https://me:pw@a.test" }', 'must not contain a user name'],
    ['onDemand: { permission: "https://a.test/#x" }', 'must not have a fragment'],
    ['onDemand: { permission: "https://a.test", timeout: 1ms }', 'onDemand.timeout: must be'],
    ['onDemand: { permission: "https://a.test", refusedFor: 0s }', 'onDemand.refusedFor: must be'],
    ['onDemand: { permission: "https://a.test", limit: 5 }', 'endpoints[0].onDemand.limit'],
    ['onDemand: { permission: "https://a.test", depth: 99 }', 'onDemand.depth: must be a whole'],
    ['onDemand: { permission: "https://a.test", ask: 1 }', 'onDemand.ask'],
    ['onDemand: { names: [] }', 'endpoints[0].onDemand.names'],
    ['onDemand: { names: ["a b"] }', 'endpoints[0].onDemand.names[0]'],
    ['onDemand: { names: [192.0.2.1] }', 'names[0]: is an address'],
    ['onDemand: { names: [a.test], allowedFor: 1m }', 'onDemand.allowedFor: is not used'],
    [
      'onDemand: { names: [a.test] }',
      'needs a wildcard or "*" as host',
      { host: 'app.example.com' },
    ],
    [
      'onDemand: { names: [a.test] }',
      'endpoints[0].onDemand: is for terminated connections',
      { protocol: 'tls' },
    ],
    ['onDemand: { names: [a.test] }', 'endpoints[0].onDemand', { protocol: 'http' }],
    ['', '2:11: endpoints[0].host: "*" is only for endpoints with onDemand', { host: '*' }],
  ])('refuses %s', async (keys, message, written) => {
    expect(await refusalOf(keys, written)).toContain(message);
  });

  it('does not show the URL, which may have a key in it', async () => {
    const refused = await refusalOf('onDemand: { permission: "http://a.test/?key=sekret" }');
    expect(refused).toContain('another machine');
    expect(refused).not.toContain('sekret');
  });
});
