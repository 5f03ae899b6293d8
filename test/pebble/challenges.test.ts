import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

async function issueBy(ca: Pebble, names: string[], options: string[]): Promise<string> {
  await using dir = await openTempDir();
  const config = await writeAcmeConfig(dir, ca);
  const issued = await runCertctl(['issue', ...names, ...options, '--config', config]);
  expect(issued).toMatchObject({ status: 0 });
  const exported = await runCertctl(['export', names[0] ?? '', '--config', config]);
  return exported.stdout;
}

describe.each([
  { name: 'hostile by default', options: {} },
  { name: 'refusing every second nonce', options: { rejectNonces: 50 } },
])('a CA that is $name', ({ options }) => {
  it('confirms http-01', async () => {
    await using ca = await Pebble.start(options);
    const port = ['--http01-port', String(ca.httpPort)];
    const chain = await issueBy(ca, ['app.example.com'], ['--challenge', 'http-01', ...port]);
    await verifyChain(chain, (await ca.roots()).join(''));
  });

  it('confirms tls-alpn-01', async () => {
    await using ca = await Pebble.start(options);
    const port = ['--tls-alpn01-port', String(ca.tlsPort)];
    const names = ['app.example.com', 'www.example.com'];
    const chain = await issueBy(ca, names, ['--challenge', 'tls-alpn-01', ...port]);
    await verifyChain(chain, (await ca.roots()).join(''));
  });

  it('confirms a wildcard and its base name by two values at one name', async () => {
    await using ca = await Pebble.start({ ...options, reuseAuthorizations: 0 });
    const names = ['example.com', '*.example.com'];
    const chain = await issueBy(ca, names, ['--challenge', 'dns-01', '--dns', 'hook']);
    await verifyChain(chain, (await ca.roots()).join(''));
  });
});

describe('certctl issue beside a CA', () => {
  it('works without configuration, says nothing to do the second time, leaves no key in clear', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const data = ['--data-dir', dir.file('data')];
    const ad = ['--directory', ca.directoryUrl, '--ca-bundle', ca.caBundle];
    const by = ['--http01-port', String(ca.httpPort), '--challenge', 'http-01'];
    const first = await runCertctl(['issue', 'app.example.com', ...ad, ...by, ...data]);
    expect(first).toMatchObject({ status: 0 });

    const listed = await runCertctl(['list', '--json', ...data]);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { names: ['app.example.com'], status: 'valid', source: 'added' },
    ]);

    const second = await runCertctl(['issue', 'app.example.com', ...data]);
    expect(second).toMatchObject({ status: 0 });
    expect(second.stdout).toContain('nothing to do');
    expect(await ca.orderCount()).toBe(1);

    const key = await runCertctl(['export', 'app.example.com', '--with-key', '--json', ...data]);
    const { privateKeyPem } = JSON.parse(key.stdout) as { privateKeyPem: string };
    const database = await readFile(dir.file('data/certctl.db'));
    const body = privateKeyPem.replaceAll(/-----.*-----|\s/g, '');
    expect(database.includes(Buffer.from(body, 'base64').subarray(-70))).toBe(false);
    expect(database.includes('PRIVATE KEY')).toBe(false);
  });

  it('asks for the profile, and refuses one that the CA does not have', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const by = ['--http01-port', String(ca.httpPort), '--challenge', 'http-01', '--config', config];
    const issued = await runCertctl([
      'issue',
      'a.example.com',
      '--profile',
      'shortlived',
      '--json',
      ...by,
    ]);
    const { certificate } = JSON.parse(issued.stdout) as {
      certificate: { current: { profile: string; notBefore: string; notAfter: string } };
    };
    const { profile, notBefore, notAfter } = certificate.current;
    expect(profile).toBe('shortlived');
    const hours = (new Date(notAfter).getTime() - new Date(notBefore).getTime()) / 3_600_000;
    expect(Math.round(hours)).toBe(160);

    const refused = await runCertctl(['issue', 'b.example.com', '--profile', 'nosuch', ...by]);
    expect(refused).toMatchObject({ status: 65 });
    expect(refused.stderr).toContain('it offers default, shortlived');
  });

  it('revokes at the CA, and replaces what was revoked', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const by = ['--http01-port', String(ca.httpPort), '--challenge', 'http-01', '--config', config];
    await runCertctl(['issue', 'a.example.com', ...by]);
    const revoked = await runCertctl([
      'revoke',
      'a.example.com',
      '--reason',
      'keyCompromise',
      '--json',
      '--config',
      config,
    ]);
    const { current } = JSON.parse(revoked.stdout) as { current: { serial: string } };
    expect(await ca.certificateStatus(current.serial)).toBe('Revoked');

    const again = await runCertctl(['issue', 'a.example.com', '--json', '--config', config]);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'issued', reason: 'revoked' });
  });
});
