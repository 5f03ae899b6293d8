/**
 * Who may revoke, and what a compromised key means for all who use it.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createPrivateKey } from 'node:crypto';
import { parseChain } from '../../src/pki/chain.ts';
import { createCsr } from '../../src/pki/csr.ts';
import { nameSet, parseName } from '../../src/core/names.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { openTestControl } from '../support/control.ts';
import { verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { expectRefusal } from '../support/refusal.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

const NAME = 'app.example.com';
const { signal } = new AbortController();
const HTTP = { challenges: ['http-01' as const] };

interface Exported {
  readonly chainPem: string;
  readonly privateKeyPem: string;
}

/** One certificate by the command line; its files beside the configuration. */
async function issueTo(dir: TempDir, ca: Pebble): Promise<Exported & { readonly config: string }> {
  const config = await writeAcmeConfig(dir, ca);
  const by = ['--challenge', 'http-01', '--http01-port', String(ca.httpPort)];
  expect(await runCertctl(['issue', NAME, ...by, '--config', config])).toMatchObject({ status: 0 });
  const { stdout } = await runCertctl(['export', NAME, '--with-key', '--json', '--config', config]);
  const exported = JSON.parse(stdout) as Exported;
  await writeFile(dir.file('chain.pem'), exported.chainPem);
  await writeFile(dir.file('key.pem'), exported.privateKeyPem, { mode: 0o600 });
  return { ...exported, config };
}

function serialOf({ chainPem }: Pick<Exported, 'chainPem'>): string {
  return parseChain(chainPem).serial;
}

describe('certctl revoke', () => {
  it('by the key works with an account that never ordered it, and is taken by itself', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const { config, ...exported } = await issueTo(dir, ca);
    const database = new Database(dir.file('data/certctl.db'));
    database.exec('DELETE FROM accounts');
    database.close();
    const args = ['revoke', NAME, '--config', config];
    await expectRefusal([...args, '--by', 'account'], {
      status: 77,
      message: /refused to revoke/,
      mend: /./,
    });
    expect(await ca.certificateStatus(serialOf(exported))).toBe('Valid');
    expect(await runCertctl(args)).toMatchObject({ status: 0 });
    expect(await ca.certificateStatus(serialOf(exported))).toBe('Revoked');
  });

  it('--by key asks no account at all', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const { config, ...exported } = await issueTo(dir, ca);
    const revoked = await runCertctl(['revoke', NAME, '--by', 'key', '--config', config]);
    expect(revoked).toMatchObject({ status: 0 });
    expect(await ca.certificateStatus(serialOf(exported))).toBe('Revoked');
  });

  it('revokes from files in an empty data directory', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const exported = await issueTo(dir, ca);
    const files = ['--cert', dir.file('chain.pem'), '--key', dir.file('key.pem')];
    const at = ['--directory', ca.directoryUrl, '--ca-bundle', ca.caBundle];
    const data = ['--data-dir', dir.file('other')];
    const accounts = (await ca.requests('/sign-me-up')).length;
    expect(accounts).toBeGreaterThan(0);
    const revoked = await runCertctl(['revoke', ...files, ...at, ...data]);
    expect(revoked, revoked.stderr).toMatchObject({ status: 0 });
    expect(revoked.stdout).toContain(serialOf(exported));
    expect(await ca.certificateStatus(serialOf(exported))).toBe('Revoked');
    expect((await ca.requests('/sign-me-up')).length).toBe(accounts);
    const listed = await runCertctl(['list', '--json', ...data]);
    expect(JSON.parse(listed.stdout)).toEqual([]);

    // Where the certificate is known, the store follows, although the CA had it revoked already.
    const own = ['--config', exported.config];
    expect(await runCertctl(['revoke', ...files, ...at, ...own])).toMatchObject({ status: 0 });
    const known = await runCertctl(['list', '--json', ...own]);
    expect(JSON.parse(known.stdout)).toMatchObject([
      { status: 'revoked', next: { action: 'issue', reason: 'revoked' } },
    ]);
  });

  it('refuses a key of another certificate, and what is not clear', async () => {
    await using dir = await openTempDir();
    const data = ['--data-dir', dir.file('data')];
    for (const [name, file] of [
      ['a.example.com', 'a'],
      ['b.example.com', 'b'],
    ] as const) {
      await mkdir(dir.file(file));
      await runCertctl(['issue', name, '--issuer', 'internal', ...data]);
      await runCertctl(['export', name, '--with-key', '--out', dir.file(file), ...data]);
    }
    const files = ['--cert', dir.file('a/chain.pem'), '--key', dir.file('b/key.pem')];
    const at = ['--directory', 'https://127.0.0.1:1/directory'];
    await expectRefusal(['revoke', ...files, ...at, ...data], {
      status: 65,
      message: 'the private key is not that of the certificate',
      mend: /key/,
    });
    const unclear = { status: 64, message: 'what to revoke is not clear', mend: '--cert' };
    await expectRefusal(['revoke', ...data], unclear);
    await expectRefusal(['revoke', 'a.example.com', ...files, ...data], unclear);
    await expectRefusal(['revoke', ...files, ...data], unclear);
  });
});

describe('a compromised key', () => {
  it('is revoked and replaced everywhere, and named where it was imported', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    const { operations, context } = test.control;
    const quiet = (): void => undefined;
    await test.issue([NAME], { ...HTTP, reuseKey: true });
    test.advance(1_000);
    const [renewed] = await operations.renew({ names: [NAME] }, quiet, signal);
    expect(renewed).toMatchObject({ outcome: 'issued' });
    const { history } = await operations.show({ name: NAME }, quiet, signal);
    expect(history).toHaveLength(2);

    const exported = await operations.exportCertificate(
      { name: NAME, withKey: true },
      quiet,
      signal,
    );
    const key = createPrivateKey(exported.privateKeyPem ?? '');
    const duplicate = await duplicateOf(context, key);
    await operations.importCertificate(
      { chainPem: duplicate, privateKeyPem: exported.privateKeyPem ?? '' },
      quiet,
      signal,
    );

    const warnings: string[] = [];
    const revoking = operations.revoke(
      { name: NAME, reason: 'keyCompromise' },
      ({ step, message }) => void (step === 'warning' && warnings.push(message)),
      signal,
    );
    // The imported one is named, and left to its owner: no CA is known for it.
    await expect(revoking).rejects.toMatchObject({ code: 'issuer/unsupported' });
    expect(warnings).toEqual([expect.stringContaining('dup.example.com')]);
    for (const { serial } of history) expect(await ca.certificateStatus(serial)).toBe('Revoked');

    test.advance(1_000);
    const [replaced] = await operations.renew({ every: 'due' }, quiet, signal);
    expect(replaced).toMatchObject({ names: [NAME], outcome: 'issued' });
    const { chainPem = '' } = await operations.show({ name: NAME }, quiet, signal);
    await verifyChain(chainPem, (await ca.roots()).join(''));
    expect(parseChain(chainPem).keyFingerprint256).not.toBe(
      parseChain(exported.chainPem).keyFingerprint256,
    );
  });

  async function duplicateOf(
    context: Awaited<ReturnType<typeof openTestControl>>['control']['context'],
    privateKey: ReturnType<typeof createPrivateKey>,
  ): Promise<string> {
    const names = nameSet([parseName('dup.example.com')]);
    const issuer = await context.issuers.find('internal');
    const { chainPem } = await issuer.obtain(
      {
        names,
        challenges: [],
        csr: await createCsr({ names, privateKey }),
        journal: {
          entry: { answers: [] },
          save: async () => undefined,
          startOver: async () => undefined,
        },
        report: () => undefined,
      },
      signal,
    );
    return chainPem;
  }
});

describe('every key type', () => {
  it('is signed by the CA', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    await using test = await openTestControl(dir.file('data'), ca);
    for (const keyType of ['ec256', 'ec384', 'rsa2048', 'rsa3072', 'rsa4096'] as const) {
      const { certificate } = await test.issue([`${keyType}.example.com`], {
        ...HTTP,
        keyTypes: [keyType],
      });
      expect(certificate.current).toMatchObject({ keyType });
    }
  });
});
