/**
 * The daemon looks what clients get: at its own listener, and at a server that never reloads.
 *
 * @module
 */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { DaemonStatus } from '../../src/api/operations.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { freePorts } from '../support/free-port.ts';
import { openssl } from '../support/openssl.ts';
import { openTempDir } from '../support/temp-dir.ts';

const SOON = { timeout: 60_000, interval: 500 };
const NAME = 'shop.example.com';
const KEYS = { ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['rsa:2048'] } as const;

interface KeyAndChain {
  readonly cert: string;
  readonly key: string;
  readonly files: readonly string[];
}

async function certificateFor(path: string, kind: keyof typeof KEYS): Promise<KeyAndChain> {
  const files = [`${path}.pem`, `${path}.key`];
  const [cert = '', key = ''] = files;
  await openssl([
    'req',
    '-x509',
    '-days',
    '30',
    '-subj',
    `/CN=${NAME}`,
    '-addext',
    `subjectAltName=DNS:${NAME}`,
    '-newkey',
    ...KEYS[kind],
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8'), files };
}

/** A server elsewhere, with both of a pair. */
async function startElsewhere(...pair: readonly KeyAndChain[]) {
  const options = (given: readonly KeyAndChain[]) => ({
    cert: given.map(({ cert }) => cert),
    key: given.map(({ key }) => key),
  });
  const server = createServer(options(pair), (socket) => socket.on('error', () => {}).end());
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    reload: (...given: readonly KeyAndChain[]) => server.setSecureContext(options(given)),
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const eventsOf = async (daemon: Daemon): Promise<string[]> => {
  const all = await daemon.json<{ type: string }[]>('events', 'list');
  return all
    .map(({ type }) => type)
    .filter((type) => /served/.test(type))
    .toReversed();
};

interface Shown {
  readonly served?: readonly { readonly kind: string }[];
  readonly pair?: Shown;
}

describe('the self-check', () => {
  it('finds what its own listener serves, and what a server elsewhere does not', async () => {
    await using dir = await openTempDir();
    const [old, oldRsa, wanted, wantedRsa] = await Promise.all([
      certificateFor(dir.file('old'), 'ec'),
      certificateFor(dir.file('old-rsa'), 'rsa'),
      certificateFor(dir.file('new'), 'ec'),
      certificateFor(dir.file('new-rsa'), 'rsa'),
    ]);
    // The EC certificate was reloaded there, the other one was forgotten.
    await using elsewhere = await startElsewhere(wanted, oldRsa);
    const [port = 0, upstream = 0] = await freePorts(2);
    const config = dir.file('certctl.yaml');
    await writeFile(
      config,
      `dataDir: ${dir.file('data')}
defaults: { issuer: internal, keyType: [ec256, rsa2048] }
listeners: [{ address: "127.0.0.1:${port}" }]
endpoints:
  - { host: app.internal, protocol: https, upstream: "http://127.0.0.1:${upstream}" }
  - { host: old.internal, protocol: https, upstream: "http://127.0.0.1:${upstream}", tls: { minVersion: "1.1", maxVersion: "1.1" } }
watch: { selfCheck: { every: 10s, address: "127.0.0.1:${elsewhere.port}" } }
workers: 1
`,
    );
    await using daemon = await startDaemon(config);
    for (const { files } of [wanted, wantedRsa]) {
      const [cert = '', key = ''] = files;
      const imported = await daemon.run('import', '--cert', cert, '--key', key);
      expect(imported, imported.stderr).toMatchObject({ status: 0 });
    }
    await expect.poll(() => eventsOf(daemon), SOON).toEqual(['certificate.served_mismatch.v1']);
    const shown = await daemon.json<Shown>('show', NAME);
    expect([shown.served, shown.pair?.served]).toMatchObject([undefined, [{ kind: 'mismatch' }]]);
    // Two certificates of each endpoint, two imported ones.
    await expect
      .poll(() => daemon.json('status'), SOON)
      .toMatchObject({ selfCheck: { names: 6, faults: 1 } });
    // A look is no failed handshake of a client.
    const { terminator } = await daemon.json<DaemonStatus>('status');
    expect(terminator?.counters.handshakes).toBeGreaterThan(0);
    expect(terminator?.endpoints.map(({ counts }) => counts.refused ?? {})).toEqual(
      terminator?.endpoints.map(() => ({})),
    );
    const doctor = await daemon.run('doctor');
    expect(doctor.stdout).toMatch(/clients get the certificate with serial/);
    expect((await daemon.run('show', NAME)).stdout).toMatch(/not as stored +shop\.example\.com at/);

    elsewhere.reload(old, wantedRsa);
    await expect
      .poll(() => eventsOf(daemon), SOON)
      .toEqual([
        'certificate.served_mismatch.v1',
        ...['certificate.served_again.v1', 'certificate.served_mismatch.v1'].toSorted(),
      ]);
    elsewhere.reload(wanted, wantedRsa);
    await expect
      .poll(() => daemon.json('status'), SOON)
      .toMatchObject({ selfCheck: { names: 6, faults: 0 } });
    expect((await daemon.run('status')).stdout).toMatch(
      /self-check .*6 names asked for, all as stored/,
    );
  });
});
