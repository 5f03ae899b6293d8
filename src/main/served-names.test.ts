import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { nameSet, parseName } from '../core/names.ts';
import { createFindPlaces } from './served-names.ts';

async function placesOf(yaml: string, ...names: string[]): Promise<string[]> {
  await using dir = await openTempDir();
  const path = dir.file('certctl.yaml');
  await writeFile(path, `dataDir: ${dir.path}\n${yaml}`);
  const config = await loadConfig({ path, environment: readEnvironment() });
  const find = createFindPlaces(config);
  return find(nameSet(names.map(parseName))).map(
    ({ name, host, port }) => `${name} ${host}:${port}`,
  );
}

const ENDPOINTS = `
listeners:
  - { address: "127.0.0.2:8444", proxyProtocol: { from: [127.0.0.1] } }
  - { address: "127.0.0.1:8443" }
endpoints:
  - { host: a.example.com, protocol: https, upstream: "http://127.0.0.1:1" }
  - { host: b.wild.example.com, protocol: https, upstream: "http://127.0.0.1:1" }
  - { host: "*.sub.example.com", protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:1" }
  - { host: passed.example.com, protocol: tls, upstream: "tcp://127.0.0.1:1" }
`;

describe('where names are served', () => {
  it.each([
    ['an endpoint', 'a.example.com', ['a.example.com 127.0.0.1:8443']],
    ['an endpoint below a wildcard', '*.wild.example.com', ['b.wild.example.com 127.0.0.1:8443']],
    [
      'an endpoint with a wildcard',
      '*.sub.example.com',
      ['certctl-self-check.sub.example.com 127.0.0.1:8443'],
    ],
    [
      'a name below the wildcard of an endpoint',
      'x.sub.example.com',
      ['x.sub.example.com 127.0.0.1:8443'],
    ],
    ['an endpoint that opens nothing', 'passed.example.com', []],
    ['a name of nobody', 'other.example.com', []],
    ['an address', '192.0.2.1', []],
  ])('finds %s', async (_what, name, expected) => {
    expect(await placesOf(ENDPOINTS, name)).toEqual(expected);
  });

  it('asks elsewhere for what no endpoint serves, and not for the certificate of the API', async () => {
    const elsewhere = `${ENDPOINTS}
api: { address: "127.0.0.1:9443" }
watch: { selfCheck: { address: "{name}:443" } }
`;
    expect(
      await placesOf(elsewhere, 'a.example.com', 'other.example.com', '*.far.example.com'),
    ).toEqual([
      'certctl-self-check.far.example.com certctl-self-check.far.example.com:443',
      'a.example.com 127.0.0.1:8443',
      'other.example.com other.example.com:443',
    ]);
    expect(await placesOf(elsewhere, '127.0.0.1', 'localhost')).toEqual([]);
  });

  it('asks no listener that wants a PROXY header, and no host that hides its certificate', async () => {
    const hidden = `
listeners: [{ address: "127.0.0.1:8443", proxyProtocol: { from: [127.0.0.1] } }]
endpoints: [{ host: a.example.com, protocol: https, upstream: "http://127.0.0.1:1" }]
`;
    expect(await placesOf(hidden, 'a.example.com')).toEqual([]);
    const demanding = ENDPOINTS.replace(
      'host: a.example.com, protocol: https,',
      'host: a.example.com, protocol: https, tls: { maxVersion: "1.2", clientCertificates: { mode: require } },',
    );
    expect(await placesOf(demanding, 'a.example.com')).toEqual([]);
  });
});
