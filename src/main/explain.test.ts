import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import type { Explanation } from '../api/operations.ts';
import { readEnvironment } from '../config/environment.ts';
import { loadConfig } from '../config/load-config.ts';
import { coveringWildcard, parseName } from '../core/names.ts';
import type { Credential, Feed } from '../feed/feed.ts';
import type { UpstreamReport } from '../terminator/report.ts';
import { explain } from './explain.ts';

const CONFIG = `
listeners:
  - { address: "127.0.0.1:443" }
  - { address: "127.0.0.2:443", tls: { preset: modern } }
tls: { groups: [X25519], noServerName: app.example.com }
endpoints:
  - host: app.example.com
    protocol: https
    upstream: ["http://127.0.0.1:1", "http://127.0.0.1:2"]
    tls: { minVersion: "1.3" }
    limits: { connections: 5 }
  - { host: "*.example.com", protocol: tls, upstream: "tcp://127.0.0.1:3" }
  - { host: plain.example.com, protocol: http, upstream: "http://127.0.0.1:4" }
`;

const clock = createManualClock();
const DAY = 86_400_000;

const credential = (name: string, keyAlgorithm: 'ec' | 'rsa', days: number): Credential => ({
  fingerprint256: `${name} ${keyAlgorithm} ${days}`,
  names: [parseName(name)],
  keyAlgorithm,
  notAfter: clock.now().getTime() + days * DAY,
  chainPem: '',
  privateKeyPem: '',
});

async function ask(
  host: string,
  credentials: readonly Credential[] = [],
  upstreams?: readonly UpstreamReport[],
  isChallenged = false,
): Promise<Explanation> {
  await using dir = await openTempDir();
  const path = dir.file('certctl.yaml');
  await writeFile(path, CONFIG);
  const config = await loadConfig({ path, environment: readEnvironment() });
  const feed: Pick<Feed, 'lookup' | 'findAnswer'> = {
    lookup(name) {
      const hosts = [name, coveringWildcard(name)];
      const [endpoint] = hosts.flatMap((one) => config.endpoints.filter((e) => e.host === one));
      return Promise.resolve(endpoint && { endpoint, credentials });
    },
    findAnswer: () =>
      Promise.resolve(
        isChallenged ? { type: 'tls-alpn-01', certificatePem: '', privateKeyPem: '' } : undefined,
      ),
  };
  const onDemand = { foresee: () => Promise.resolve(undefined) };
  return await explain(
    { ...feed, onDemand, config, clock, upstreams: () => Promise.resolve(upstreams) },
    host,
    new AbortController().signal,
  );
}

it('says which endpoints were considered, and why one was taken', async () => {
  const exact = await ask('app.example.com');
  expect(exact.considered.map(({ host, match, verdict }) => [host, match, verdict])).toEqual([
    ['app.example.com', 'exact', 'taken'],
    ['*.example.com', 'wildcard', 'passed over: one before it has the name'],
  ]);
  expect(exact.because).toContain('  at most 5 connections a worker (endpoint)');
  const wild = await ask('other.example.com');
  expect(wild.considered[0]).toMatchObject({ verdict: 'no endpoint has this host' });
  expect(wild.because).toContain('endpoint: *.example.com (wildcard); tls to tcp://127.0.0.1:3');
  expect(wild.decision).toBe('pass-through');
  const none = await ask('app.example.net');
  expect(none).toMatchObject({ decision: 'refuse', challenge: { isLive: false } });
  expect(none.because).toContain('refused with the TLS alert unrecognized_name');
});

it('says where each value of a policy was said', async () => {
  const { policies, because } = await ask('app.example.com', [
    credential('app.example.com', 'ec', 9),
  ]);
  expect(policies.map(({ listener, sources }) => [listener, sources])).toEqual([
    [
      undefined,
      expect.objectContaining({
        minVersion: 'endpoints[0].tls.minVersion',
        groups: 'tls.groups',
        ciphers: 'default',
        clientCertificates: 'default',
      }),
    ],
    [
      '127.0.0.2:443',
      expect.objectContaining({
        minVersion: 'endpoints[0].tls.minVersion',
        groups: 'preset modern of listeners[1].tls',
      }),
    ],
  ]);
  expect(because).toContain('  groups X25519 (tls.groups)');
});

it('says which certificates there are, why one is chosen, and what each client gets', async () => {
  const explanation = await ask('app.example.com', [
    credential('app.example.com', 'rsa', 30),
    credential('*.example.com', 'ec', 90),
    credential('app.example.com', 'ec', 10),
    credential('app.example.com', 'ec', -1),
  ]);
  expect(explanation.certificate?.fingerprint256).toBe('app.example.com ec 10');
  expect(
    explanation.candidates.map(({ fingerprint256, reason }) => [fingerprint256, reason]),
  ).toEqual([
    ['app.example.com ec 10', 'chosen: it is ECDSA, which costs less'],
    ['app.example.com rsa 30', 'passed over: it is RSA, which costs more'],
    ['*.example.com ec 90', 'passed over: it has a wildcard only'],
    ['app.example.com ec -1', 'passed over: it has expired'],
  ]);
  const usual = explanation.clients.filter(({ listeners }) => listeners[0] === '127.0.0.1:443');
  expect(
    usual.map(({ client, decision, alert, protocol, keyAlgorithm }) => ({
      client,
      result: [decision, alert ?? protocol, keyAlgorithm],
    })),
  ).toEqual([
    { client: 'with ALPN h2 and http/1.1', result: ['terminate', 'h2', 'ec'] },
    { client: 'without ALPN', result: ['terminate', undefined, 'ec'] },
    {
      client: 'with another ALPN protocol only',
      result: ['refuse', 'no_application_protocol', undefined],
    },
    { client: 'with RSA only', result: ['terminate', 'h2', 'rsa'] },
  ]);
});

it('says how the upstreams are where a daemon runs, and whether a challenge is open', async () => {
  const upstream = 'http://127.0.0.1:1';
  const running = await ask('app.example.com', [], [{ upstream, state: 'down', open: 0 }], true);
  expect(running.upstreams).toEqual([
    { upstream, state: 'down', open: 0 },
    { upstream: 'http://127.0.0.1:2', state: 'unused' },
  ]);
  expect(running.because).toContain('tls-alpn-01: an answer is live; connections of the CA get it');
  const alone = await ask('app.example.com');
  expect(alone.upstreams?.map(({ state }) => state)).toEqual(['unknown', 'unknown']);
});

it.each(['*.example.com', '192.0.2.1'])('%s is no server name', async (host) => {
  await expect(ask(host)).rejects.toThrow('is not a server name');
});

it('plain endpoints refuse TLS', async () => {
  const { because } = await ask('plain.example.com');
  expect(because).toContain('plain HTTP only: requests on the http listeners are passed on');
  expect(because).toContain('refused with the TLS alert unrecognized_name');
});
