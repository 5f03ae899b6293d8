/**
 * Limits of a CA across processes: every command is a process of its own.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CertificateView } from '../../src/lifecycle/view.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { type FaultProxy, openFaultProxy } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { Pebble } from '../support/pebble.ts';
import { expectRefusal } from '../support/refusal.ts';
import { type Ca, openCa } from '../support/scripted-ca.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

const [NAME, OTHER] = ['app.example.com', 'other.example.com'];
const UNPAUSE = 'https://ca.example/unpause?jwt=aaaa.bbbb.cccc';

describe.concurrent('a limit of the configuration', () => {
  it('on failed validations holds for all certificates with the name', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const limits = { failedValidationsPerName: { count: 1, per: '1h' } };
    const config = await writeAcmeConfig(dir, ca, '', { limits });
    const elsewhere = ['--challenge', 'http-01', '--http01-port', String(await freePort())];
    const way = ['--config', config];
    await expectRefusal(['issue', NAME, OTHER, ...elsewhere, ...way], {
      status: 69,
      message: 'could not confirm control',
      mend: /\w/,
    });
    const port = ['--challenge', 'http-01', '--http01-port', String(ca.httpPort)];
    for (const name of [NAME, OTHER]) {
      await expectRefusal(['issue', name, ...port, ...way], {
        status: 75,
        message: `the limit of failed validations of ${name} at `,
        mend: /Wait/,
      });
    }
    const free = await runCertctl(['issue', 'third.example.com', ...port, ...way]);
    expect(free).toMatchObject({ status: 0 });
    expect(await ca.orderCount()).toBe(2);
  });

  it('on requests is shared by processes that work at the same time', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using proxy = await openFaultProxy(ca);
    const everyMs = 150;
    const config = await writeAcmeConfig(
      dir,
      { dns: ca.dns, dnsAddress: ca.dnsAddress, ...addressOf(proxy) },
      '',
      {
        limits: { requests: { count: 1, per: `${everyMs}ms` } },
      },
    );
    const way = ['--config', config, '--challenge', 'dns-01', '--dns', 'hook'];
    // The account first, as two that register at once wait for each other.
    expect(await runCertctl(['issue', NAME, ...way])).toMatchObject({ status: 0 });
    const before = proxy.exchanges.length;
    const begin = performance.now();
    const both = await Promise.all(
      [OTHER, 'third.example.com'].map((name) => runCertctl(['issue', name, ...way])),
    );
    const tookMs = performance.now() - begin;
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const requests = proxy.exchanges.length - before;
    expect(requests).toBeGreaterThan(10);
    // Each of them by itself would be done in half of this.
    expect(tookMs).toBeGreaterThan((requests - 1) * everyMs);
  });

  it('holds back the next order, and says until when', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const limits = { certificatesPerNameSet: { count: 1, per: '7d' } };
    const config = await writeAcmeConfig(dir, ca, '', { limits });
    const way = ['--config', config];
    const port = ['--challenge', 'http-01', '--http01-port', String(ca.httpPort)];
    expect(await runCertctl(['issue', NAME, ...port, ...way])).toMatchObject({ status: 0 });

    const { stderr } = await expectRefusal(['issue', NAME, '--force', ...way], {
      status: 75,
      message: 'the limit of certificates for exactly these names at ',
      mend: 'certctl serve orders it by itself',
    });
    expect(stderr).toMatch(/again: after \d{4}-/);
    expect(await ca.orderCount()).toBe(1);
    const { stdout } = await runCertctl(['show', NAME, ...way]);
    expect(stdout).toMatch(/waits until +\d{4}-.*\(in 7 d\)/);
    const listed = await runCertctl(['list', '--json', ...way]);
    const [view] = JSON.parse(listed.stdout) as CertificateView[];
    const until = new Date(view?.waiting?.until ?? 0).getTime() - Date.now();
    expect(until / 86_400_000).toBeCloseTo(7, 1);
    expect(view).toMatchObject({
      status: 'valid',
      waiting: { scope: expect.stringMatching(/^name-set /) },
    });
  });
});

describe.concurrent('a CA that refuses', () => {
  it('with Retry-After is left alone by every process until then', async () => {
    await using dir = await openTempDir();
    await using ca = await openRefusing(429, 'too many new orders from this account', '3600');
    const config = await configFor(dir, ca);
    const refused = { status: 75, message: 'too many new orders', mend: /Wait/ };
    await expectRefusal(['issue', NAME, '--config', config], refused);
    const start = Date.now();
    for (const name of [NAME, OTHER]) {
      const { stderr } = await expectRefusal(['issue', name, '--config', config], {
        status: 75,
        message: 'the CA wants no new orders of the account at 127.0.0.1',
        mend: /Wait/,
      });
      const [, until = ''] = /again: after (\S+)/.exec(stderr) ?? [];
      const wait = new Date(until).getTime() - start;
      expect(wait).toBeGreaterThan(3_500_000);
      expect(wait).toBeLessThanOrEqual(3_600_000);
    }
    expect(ca.count('/order')).toBe(1);
  });

  it('by a pause is asked again by a person only, who is shown the URL', async () => {
    await using dir = await openTempDir();
    const words = 'Your account is temporarily prevented from requesting certificates for';
    const detail = `${words} ${NAME} and possibly others. Please visit: ${UNPAUSE}`;
    await using ca = await openRefusing(429, detail, '60');
    const config = await configFor(dir, ca);
    const paused = { status: 75, message: 'the CA has paused', mend: UNPAUSE };
    await expectRefusal(['issue', NAME, '--config', config], paused);
    const { stdout } = await runCertctl(['show', NAME, '--config', config]);
    expect(stdout).toMatch(/unpause at +https:\/\/ca\.example\/unpause\?jwt=aaaa\.bbbb\.cccc/);
    expect(stdout).toMatch(/waits until +somebody acts/);
    expect(ca.count('/order')).toBe(1);
    await expectRefusal(['issue', NAME, '--config', config], paused);
    expect(ca.count('/order')).toBe(2);
  });
});

/** A CA that registers everybody, and refuses every order. */
function openRefusing(status: number, detail: string, retryAfter: string): Promise<Ca> {
  return openCa({
    '/account': (_request, url) => ({
      status: 201,
      headers: { location: `${url}/account/1` },
      body: { status: 'valid' },
    }),
    '/order': () => ({
      status,
      headers: { 'retry-after': retryAfter },
      body: { type: 'urn:ietf:params:acme:error:rateLimited', detail },
    }),
  });
}

async function configFor(dir: TempDir, ca: Ca): Promise<string> {
  const [config, bundle] = [dir.file('certctl.yaml'), dir.file('roots.pem')];
  await writeFile(bundle, ca.server.root);
  await writeFile(
    config,
    `dataDir: ${dir.file('data')}
issuers:
  ca: { type: acme, directory: "${ca.url('/directory')}", caBundle: ${bundle}, acceptTerms: true }
defaults: { issuer: ca }
`,
  );
  return config;
}

function addressOf({ directoryUrl, caBundle }: FaultProxy) {
  return { directoryUrl, caBundle };
}
