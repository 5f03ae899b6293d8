/**
 * What certbot itself has obtained, taken over.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { Pebble } from '../support/pebble.ts';
import { runProgram } from '../support/program.ts';
import { openTempDir } from '../support/temp-dir.ts';

const hasCertbot = await runProgram('certbot', ['--version']).then(
  ({ status }) => status === 0,
  () => false,
);

describe.skipIf(!hasCertbot)('certctl import --from certbot', () => {
  it('keeps what certbot has obtained, and renews it', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const standalone = ['--standalone', '--http-01-port', String(ca.httpPort)];
    const account = [
      '--server',
      ca.directoryUrl,
      '--register-unsafely-without-email',
      '--agree-tos',
    ];
    const folders = ['etc', 'work', 'logs'].map((name) => dir.file(name));
    const places = ['--config-dir', '--work-dir', '--logs-dir'].flatMap((option, index) => [
      option,
      folders[index] ?? '',
    ]);
    const names = ['-d', 'a.example.com', '-d', 'b.example.com'];
    const obtained = await runProgram(
      'certbot',
      ['certonly', '--non-interactive', ...standalone, ...account, ...places, ...names],
      { env: { ...process.env, REQUESTS_CA_BUNDLE: ca.caBundle } },
    );
    expect(obtained, obtained.stderr).toMatchObject({ status: 0 });

    const config = ['--config', await writeAcmeConfig(dir, ca)];
    const imported = await runCertctl(['import', '--from', 'certbot', dir.file('etc'), ...config]);
    expect(imported, imported.stderr).toMatchObject({ status: 0 });
    expect(imported.stdout).toMatch(/^imported a\.example\.com.*valid until/);
    const exported = await runCertctl(['export', 'a.example.com', ...config]);
    const live = dir.file('etc/live/a.example.com/fullchain.pem');
    expect(exported.stdout.trim()).toBe((await readFile(live, 'utf8')).trim());

    const by = ['--challenge', 'http-01', '--http01-port', String(ca.httpPort)];
    const renewed = await runCertctl(['issue', 'a.example.com', 'b.example.com', ...by, ...config]);
    expect(renewed, renewed.stderr).toMatchObject({ status: 0 });
    expect(renewed.stdout).toContain('by pebble');
  });
});
