/**
 * A pair of an EC and an RSA certificate, from a CA to clients that verify one of them.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { certificateOnWire, verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { expectRefusal } from '../support/refusal.ts';
import { openTempDir } from '../support/temp-dir.ts';
import { startTcp } from '../support/upstreams.ts';

const NAME = 'app.example.com';
const SOON = { timeout: 60_000, interval: 200 };
const CLIENTS = [
  ['ECDSA+SHA256', 'ec'],
  ['RSA-PSS+SHA256', 'rsa'],
  ['RSA-PSS+SHA256:ECDSA+SHA256', 'ec'],
] as const;

interface Listed {
  readonly keyType: string;
  readonly status: string;
  readonly source: string;
  readonly current?: { readonly serial: string };
}

async function listed(daemon: Daemon): Promise<Listed[]> {
  const all = await daemon.json<Listed[]>('list');
  return all.toSorted((one, other) => (one.keyType < other.keyType ? -1 : 1));
}

async function summary(daemon: Daemon): Promise<string[]> {
  return (await listed(daemon)).map((each) => `${each.keyType} ${each.status} ${each.source}`);
}

describe('certctl serve with a pair', () => {
  it('gives every client the certificate that it can verify, and renews each alone', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0, validationSleep: true });
    await using dir = await openTempDir();
    await using upstream = await startTcp();
    const served = (keyType: string) => `listeners: [{ address: "127.0.0.1:${ca.tlsPort}" }]
workers: 2
certificates:
  - { names: [${NAME}], challenge: tls-alpn-01, keyType: ${keyType} }
endpoints:
  - { host: ${NAME}, protocol: tls, terminateTls: {}, upstream: "tcp://127.0.0.1:${upstream.port}" }
`;
    const config = await writeAcmeConfig(dir, ca, served('[ec256, rsa2048]'));
    await using daemon = await startDaemon(config);
    await expect
      .poll(() => summary(daemon), SOON)
      .toEqual(['ec256 valid file', 'rsa2048 valid file']);
    // Each succeeded at once: neither took the other's tls-alpn-01 answer.
    expect(await ca.orderCount()).toBe(2);
    expect(daemon.program.stderr).not.toContain('"level":50');

    const wire = { port: ca.tlsPort, servername: NAME };
    for (const version of ['1.2', '1.3'] as const) {
      for (const [sigalgs, keyType] of CLIENTS) {
        const pem = await certificateOnWire({ ...wire, sigalgs, version });
        expect(new X509Certificate(pem).publicKey.asymmetricKeyType).toBe(keyType);
      }
    }

    const [ec, rsa] = await listed(daemon);
    const renewed = await daemon.run('renew', NAME, '--key-type', 'rsa');
    expect(renewed, renewed.stderr).toMatchObject({ status: 0 });
    const [ecAfter, rsaAfter] = await listed(daemon);
    expect(ecAfter?.current?.serial).toBe(ec?.current?.serial);
    expect(rsaAfter?.current?.serial).not.toBe(rsa?.current?.serial);
    await expect
      .poll(async () => {
        const pem = await certificateOnWire({ ...wire, sigalgs: 'RSA-PSS+SHA256' });
        return new X509Certificate(pem).serialNumber.toLowerCase();
      }, SOON)
      .toBe(rsaAfter?.current?.serial);

    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('[ec256, rsa2048]', 'rsa2048'));
    daemon.program.kill('SIGHUP');
    await expect
      .poll(() => summary(daemon), SOON)
      .toEqual(['ec256 valid released', 'rsa2048 valid file']);
  });
});

describe('a pair by the command line', () => {
  it('is issued, shown, exported one at a time, and renewed', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = ['--config', await writeAcmeConfig(dir, ca)];
    const proof = ['--challenge', 'http-01', '--http01-port', String(ca.httpPort)];
    const types = ['--key-type', 'rsa2048', '--key-type', 'ec256'];
    const issued = await runCertctl(['issue', NAME, ...types, ...proof, ...config]);
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    expect(issued.stdout).toMatch(/^issued app.example.com \(ec256\).*\nissued .*\(rsa2048\)/);

    const shown = await runCertctl(['show', NAME, ...config]);
    expect(shown.stdout).toMatch(/key type +ec256[^]*\n\n[^]*key type +rsa2048/);
    await expectRefusal(['export', NAME, ...config], {
      status: 65,
      message: 'two certificates: ec256 and rsa2048',
      mend: '--key-type',
    });
    for (const keyType of ['ec', 'rsa'] as const) {
      const exported = await runCertctl(['export', NAME, '--key-type', keyType, ...config]);
      await verifyChain(exported.stdout, (await ca.roots()).join(''));
      expect(new X509Certificate(exported.stdout).publicKey.asymmetricKeyType).toBe(keyType);
    }
    const renewed = await runCertctl(['renew', NAME, ...config]);
    expect(renewed, renewed.stderr).toMatchObject({ status: 0 });
    expect(renewed.stdout).toMatch(/ec256 +issued[^]*rsa2048 +issued/);
    expect(await ca.orderCount()).toBe(4);

    const revoked = await runCertctl(['revoke', NAME, '--key-type', 'ec', ...config]);
    expect(revoked, revoked.stderr).toMatchObject({ status: 0 });
    const removed = await runCertctl(['remove', NAME, ...config]);
    expect(removed.stdout).toContain('(ec256 and rsa2048)');
  });

  it('is refused where it is none', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = ['--config', await writeAcmeConfig(dir, ca)];
    const refused = { status: 64, message: 'no pair', mend: 'ec256 and rsa2048' };
    const types = ['--key-type', 'ec256', '--key-type', 'ec384'];
    await expectRefusal(['issue', NAME, ...types, ...config], refused);
    const comma = await runCertctl(['issue', NAME, '--key-type', 'ec256,rsa2048', ...config]);
    expect(comma).toMatchObject({ status: 64 });
    expect(comma.stderr).toContain('repeat the option');
    expect(await ca.orderCount()).toBe(0);
  });
});
