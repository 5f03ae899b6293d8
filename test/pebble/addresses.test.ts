/**
 * Certificates for IP addresses (RFC 8738), alone and beside names.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { startDaemon } from '../support/daemon.ts';
import { openssl, verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { openTempDir } from '../support/temp-dir.ts';

const NAMES = ['127.0.0.1', '::1', 'app.example.com'];
const ALTERNATIVE_NAMES = /DNS:app\.example\.com/;

async function expectChainFor(chain: string, ca: Pebble): Promise<void> {
  await verifyChain(chain, (await ca.roots()).join(''));
  const text = await openssl(['x509', '-noout', '-ext', 'subjectAltName'], chain);
  expect(text).toMatch(ALTERNATIVE_NAMES);
  expect(text).toContain('IP Address:127.0.0.1');
  expect(text).toContain('IP Address:0:0:0:0:0:0:0:1');
}

describe('addresses and names in one certificate', () => {
  it.each(['http-01', 'tls-alpn-01'])('are proven by %s to our own listener', async (type) => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const ports = ['--http01-port', String(ca.httpPort), '--tls-alpn01-port', String(ca.tlsPort)];
    const by = ['--challenge', type, '--profile', 'shortlived', ...ports, '--config', config];
    const issued = await runCertctl(['issue', ...NAMES, ...by, '--json']);
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    expect(JSON.parse(issued.stdout)).toMatchObject({
      certificate: { names: NAMES, current: { profile: 'shortlived' } },
    });
    const exported = await runCertctl(['export', '::1', '--config', config]);
    await expectChainFor(exported.stdout, ca);
  });

  it.each([
    ['http-01', (ca: Pebble) => `{ address: ":${ca.httpPort}", protocol: http }`],
    ['tls-alpn-01', (ca: Pebble) => `{ address: ":${ca.tlsPort}" }`],
  ])('are proven by %s to the terminator', async (type, listener) => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const more = `listeners: [${listener(ca)}]\nworkers: 2\n`;
    await using daemon = await startDaemon(await writeAcmeConfig(dir, ca, more));
    const issued = await daemon.run('issue', ...NAMES, '--challenge', type);
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    const exported = await daemon.run('export', '127.0.0.1');
    await expectChainFor(exported.stdout, ca);
  });

  it('are each proven in the way that suits them, beside a wildcard', async () => {
    await using ca = await Pebble.start({ reuseAuthorizations: 0 });
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const by = ['--challenge', 'dns-01', '--challenge', 'http-01', '--dns', 'hook'];
    const args = ['issue', '127.0.0.1', '*.example.com', ...by, '--config', config];
    const issued = await runCertctl([...args, '--http01-port', String(ca.httpPort)]);
    expect(issued, issued.stderr).toMatchObject({ status: 0 });
    expect(issued.stderr).toContain('http-01 answer for 127.0.0.1 is in place');
    expect(issued.stderr).toContain('the CA confirmed *.example.com by dns-01');
    expect(await ca.orderCount()).toBe(1);
  });

  it('are refused by dns-01 before an order', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = await writeAcmeConfig(dir, ca);
    const by = ['--challenge', 'dns-01', '--dns', 'hook', '--config', config];
    const refused = await runCertctl(['issue', '[::1]', ...by]);
    expect(refused).toMatchObject({ status: 65 });
    expect(refused.stderr).toContain('cannot be proven by dns-01');
    expect(await ca.orderCount()).toBe(0);
  });
});
