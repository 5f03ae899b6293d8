import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { AppError } from '../core/errors.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import type { Problem } from './problem.ts';

async function load(yaml: string): Promise<{ config: Config; directory: string }> {
  await using dir = await openTempDir();
  const path = dir.file('certctl.yaml');
  await writeFile(path, yaml);
  return {
    config: await loadConfig({ path, environment: readEnvironment() }),
    directory: dir.path,
  };
}

async function problemOf(yaml: string): Promise<string> {
  const thrown = await load(yaml).catch((error: unknown) => error);
  if (!(thrown instanceof AppError)) throw new Error('the file was accepted', { cause: thrown });
  const [problem] = thrown.context['problems'] as [Problem];
  return `${problem.line}:${problem.column} ${problem.path}: ${problem.message}`;
}

it('the access log goes to a file beside the configuration, or to standard output', async () => {
  const { config, directory } = await load('accessLog: { path: access.log, sample: 0.1 }');
  expect(config.terminator.accessLog).toEqual({
    path: `${directory}/access.log`,
    sample: 0.1,
    query: false,
  });
  const { config: other } = await load('accessLog: { stdout: true, query: true }');
  expect(other.terminator.accessLog).toEqual({ sample: 1, query: true });
  expect((await load('{}')).config.terminator.accessLog).toBeUndefined();
});

it('certificates have series of their own, up to a number', async () => {
  expect((await load('{}')).config.metrics).toEqual({
    perCertificate: 'all',
    mostCertificates: 1_000,
  });
  const { config } = await load('metrics: { perCertificate: failing, mostCertificates: 5 }');
  expect(config.metrics).toEqual({ perCertificate: 'failing', mostCertificates: 5 });
  expect(await problemOf('metrics: { mostCertificates: 1000000 }')).toBe(
    '1:30 metrics.mostCertificates: must be a whole number from 1 to 100000',
  );
  expect(await problemOf('metrics: { perCertificate: some }')).toContain(
    '1:28 metrics.perCertificate',
  );
});

it('endpoints may have a number of connections of their own', async () => {
  const { config } = await load(`endpoints:
  - { host: a.example.com, protocol: https, redirect: "https://b.example.com", limits: { connections: 5 } }
  - { host: c.example.com, protocol: tls, upstream: "tcp://127.0.0.1:1", limits: { connections: 6 } }
  - { protocol: tcp, listen: ":25", upstream: "tcp://127.0.0.1:1", limits: { connections: 7 } }
limits: { handshakesPerAddress: 20, handshakeBurst: 40, connectionsPerEndpoint: 100 }
`);
  expect(config.endpoints.map(({ connections }) => connections)).toEqual([5, 6]);
  const { listeners, limits } = config.terminator;
  expect(listeners.at(-1)?.tcp?.connections).toBe(7);
  expect(limits).toMatchObject({
    handshakesPerAddress: 20,
    handshakeBurst: 40,
    connectionsPerEndpoint: 100,
  });
});

it.each([
  ['accessLog: {}', '1:12 accessLog: says nowhere to write to'],
  ['accessLog: { sample: 1 }', '1:12 accessLog: says nowhere to write to'],
  ['accessLog: { path: a, stdout: true }', '1:31 accessLog.stdout: stands beside path'],
  ['accessLog: { path: a, sample: 0 }', '1:31 accessLog.sample: must be a number above 0'],
  ['accessLog: { path: a, sample: 1.5 }', '1:31 accessLog.sample: must be a number above 0'],
  ['accessLog: { path: a, query: perhaps }', '1:30 accessLog.query: must be true or false'],
  ['accessLog: { path: a, format: csv }', 'accessLog.format'],
  [
    'limits: { handshakesPerAddress: 0 }',
    '1:33 limits.handshakesPerAddress: must be a whole number',
  ],
  [
    'endpoints: [{ host: a.example.com, protocol: http, upstream: "http://h", limits: { connections: 1 } }]',
    'endpoints[0].limits: is for endpoints with protocol https, tls or tcp',
  ],
  [
    'endpoints: [{ protocol: tcp, listen: ":1", upstream: "tcp://h:1", limits: { connections: 0 } }]',
    'endpoints[0].limits.connections: must be a whole number from 1',
  ],
])('%s is refused', async (yaml, problem) => {
  expect(await problemOf(yaml)).toContain(problem);
});
