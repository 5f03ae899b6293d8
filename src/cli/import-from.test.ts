/**
 * `certctl import --from`, on folders as certbot, Caddy and acme.sh lay them out.
 *
 * @module
 */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCertctl } from '../../test/support/certctl.ts';
import { createOpensslCredential } from '../../test/support/openssl-credential.ts';
import { type TempDir, openTempDir } from '../../test/support/temp-dir.ts';
import type { Credential } from '../feed/feed.ts';

let app: Credential;
let wildcard: Credential;

beforeAll(async () => {
  [app, wildcard] = await Promise.all([
    createOpensslCredential(['app.example.com', 'www.example.com']),
    createOpensslCredential(['*.example.com'], { keyAlgorithm: 'rsa' }),
  ]);
});

async function put(dir: TempDir, path: string, text: string): Promise<void> {
  await mkdir(dirname(dir.file(path)), { recursive: true });
  await writeFile(dir.file(path), text);
}

/** Everything that certctl renews goes to its own CA here. */
async function setUp(dir: TempDir): Promise<string[]> {
  await put(dir, 'certctl.yaml', `dataDir: ${dir.file('data')}\ndefaults: { issuer: internal }\n`);
  return ['--config', dir.file('certctl.yaml')];
}

const LAYOUTS = {
  async certbot(dir: TempDir) {
    await put(dir, 'old/live/README', 'text');
    for (const [name, { chainPem, privateKeyPem }] of [
      ['a', app] as const,
      ['b', wildcard] as const,
    ]) {
      await put(dir, `old/archive/${name}/fullchain2.pem`, chainPem);
      await put(dir, `old/archive/${name}/privkey2.pem`, privateKeyPem);
      await mkdir(dir.file(`old/live/${name}`));
      for (const kind of ['fullchain', 'privkey']) {
        const link = dir.file(`old/live/${name}/${kind}.pem`);
        await symlink(`../../archive/${name}/${kind}2.pem`, link);
      }
    }
  },
  async caddy(dir: TempDir) {
    const ca = 'old/certificates/acme-v02.api.letsencrypt.org-directory';
    for (const [name, { chainPem, privateKeyPem }] of [
      ['app.example.com', app] as const,
      ['wildcard_.example.com', wildcard] as const,
    ]) {
      await put(dir, `${ca}/${name}/${name}.crt`, chainPem);
      await put(dir, `${ca}/${name}/${name}.key`, privateKeyPem);
      await put(dir, `${ca}/${name}/${name}.json`, '{}');
    }
    await put(dir, 'old/certificates/local/x.internal/x.internal.crt', 'its own CA');
  },
  async 'acme.sh'(dir: TempDir) {
    await put(dir, 'old/app.example.com_ecc/fullchain.cer', app.chainPem);
    await put(dir, 'old/app.example.com_ecc/app.example.com.key', app.privateKeyPem);
    await put(dir, 'old/*.example.com/fullchain.cer', wildcard.chainPem);
    await put(dir, 'old/*.example.com/*.example.com.key', wildcard.privateKeyPem);
    await put(dir, 'old/ca/directory/account.key', app.privateKeyPem);
    await put(dir, 'old/dnsapi/dns_cf.sh', '');
  },
} as const;

describe.each(Object.entries(LAYOUTS))('certctl import --from %s', (program, layOut) => {
  it('lists, imports, and renews by its own settings', async () => {
    await using dir = await openTempDir();
    const config = await setUp(dir);
    await layOut(dir);
    const command = ['import', '--from', program, dir.file('old'), ...config, '--json'];

    const planned = await runCertctl([...command, '--dry-run']);
    expect(planned, planned.stderr).toMatchObject({ status: 0 });
    const names = [['app.example.com', 'www.example.com'], ['*.example.com']];
    const sorted = (text: string) =>
      (JSON.parse(text) as { names: string[]; outcome: string }[]).toSorted(
        (a, b) => b.names.length - a.names.length,
      );
    expect(sorted(planned.stdout)).toMatchObject(
      names.map((each) => ({ outcome: 'planned', names: each })),
    );
    expect(JSON.parse((await runCertctl(['list', ...config, '--json'])).stdout)).toEqual([]);

    const imported = await runCertctl(command);
    expect(imported, imported.stderr).toMatchObject({ status: 0 });
    expect(sorted(imported.stdout)).toMatchObject(
      names.map((each) => ({ outcome: 'imported', names: each })),
    );
    const due = await runCertctl(['renew', '--due', ...config, '--json']);
    expect(due, due.stderr).toMatchObject({ status: 0 });
    const shown = await runCertctl(['show', 'app.example.com', ...config, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      source: 'added',
      issuers: ['internal'],
      current: { issuer: 'imported' },
      next: { reason: 'valid' },
    });

    const again = await runCertctl(command);
    expect(again).toMatchObject({ status: 0 });
    expect(sorted(again.stdout)).toMatchObject([{ outcome: 'skipped' }, { outcome: 'skipped' }]);

    const renewed = await runCertctl(['renew', 'app.example.com', ...config, '--json']);
    expect(renewed, renewed.stderr).toMatchObject({ status: 0 });
    expect(renewed.stdout).toContain('"issuer": "internal"');
  });
});

describe('certctl import --from, given what is no good,', () => {
  it('imports the others, and says of each bad one what is wrong with it', async () => {
    await using dir = await openTempDir();
    const config = await setUp(dir);
    await LAYOUTS.certbot(dir);
    await put(dir, 'old/live/c/fullchain.pem', 'no PEM');
    await put(dir, 'old/live/c/privkey.pem', app.privateKeyPem);
    await put(dir, 'old/live/d/fullchain.pem', app.chainPem);
    await put(dir, 'old/live/d/privkey.pem', wildcard.privateKeyPem);
    await put(dir, 'old/live/e/fullchain.pem', app.chainPem);
    for (const more of [['--dry-run'], []]) {
      const args = ['import', '--from', 'certbot', dir.file('old/live'), ...config, ...more];
      const result = await runCertctl([...args, '--json']);
      expect(result.status).toBe(65);
      const [a, b, c, d, e] = JSON.parse(result.stdout) as Record<string, unknown>[];
      const outcome = more.length === 0 ? 'imported' : 'planned';
      expect([a, b]).toMatchObject([{ outcome }, { outcome }]);
      expect(c).toMatchObject({ outcome: 'failed', file: dir.file('old/live/c/fullchain.pem') });
      expect(d).toMatchObject({ outcome: 'failed', message: expect.stringContaining('key') });
      expect(e).toMatchObject({ message: expect.stringContaining('privkey.pem') });
      expect(result.stdout).not.toContain('PRIVATE KEY');
    }
  });

  it('refuses a wildcard whose renewal could not be proven', async () => {
    await using dir = await openTempDir();
    const config = await setUp(dir);
    await LAYOUTS.caddy(dir);
    const args = ['import', '--from', 'caddy', dir.file('old'), '--issuer', 'letsencrypt'];
    const result = await runCertctl([...args, '--challenge', 'http-01', ...config, '--json']);
    expect(result.status).toBe(65);
    expect(JSON.parse(result.stdout)).toMatchObject([
      { outcome: 'imported' },
      { outcome: 'failed', message: expect.stringContaining('example.com') },
    ]);
  });

  it.each([
    [['--from', 'certbot', '/nowhere'], 65, 'cannot read /nowhere/live: it does not exist'],
    [['--from', 'acme.sh', '.'], 65, 'holds no certificates of acme.sh'],
    [['--from', 'lego'], 64, 'certbot, caddy, acme.sh'],
    [['--from', 'caddy', '--cert', 'x'], 64, '--from finds chains and keys itself'],
    [['--cert', 'x'], 64, 'nothing is named to be imported'],
    [['--cert', 'x', '--key', 'y', '--dry-run'], 64, 'belong to --from'],
  ])('%j', async (args, status, message) => {
    await using dir = await openTempDir();
    const result = await runCertctl(['import', ...args, ...(await setUp(dir))], { cwd: dir.path });
    expect(result.status).toBe(status);
    expect(result.stderr).toContain(message);
  });
});
