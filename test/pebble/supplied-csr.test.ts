/**
 * Certificates for signing requests whose keys are elsewhere.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { parseChain } from '../../src/pki/chain.ts';
import { keyFingerprint256 } from '../../src/pki/key-fingerprint.ts';
import { parsePrivateKeyPem } from '../../src/pki/keys.ts';
import { writeAcmeConfig } from '../support/acme-config.ts';
import { runCertctl } from '../support/certctl.ts';
import { openssl, verifyChain } from '../support/openssl.ts';
import { Pebble } from '../support/pebble.ts';
import { expectRefusal } from '../support/refusal.ts';
import { type TempDir, openTempDir } from '../support/temp-dir.ts';

const NAMES = ['a.example.com', 'b.example.com'];

/** The request's file, and the fingerprint of its key. */
async function makeCsr(dir: TempDir, name: string, form: 'PEM' | 'DER') {
  const file = dir.file(`${name}.csr`);
  const keyFile = dir.file(`${name}.key`);
  const subject = ['-subj', '/', '-addext', `subjectAltName=DNS:${NAMES.join(',DNS:')}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-nodes'];
  const out = ['-keyout', keyFile, '-outform', form, '-out', file];
  await openssl(['req', '-new', ...key, ...subject, ...out]);
  const fingerprint = keyFingerprint256(parsePrivateKeyPem(await readFile(keyFile, 'utf8')));
  return { file, keyFile, fingerprint };
}

describe('certctl issue --csr', () => {
  it('signs the request, renews it, and never has its key', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = ['--config', await writeAcmeConfig(dir, ca)];
    const by = ['--challenge', 'http-01', '--http01-port', String(ca.httpPort), ...config];
    const first = await makeCsr(dir, 'first', 'PEM');
    const issued = await runCertctl(['issue', '--csr', first.file, ...by]);
    expect(issued, issued.stderr).toMatchObject({ status: 0 });

    const renewed = await runCertctl(['renew', 'a.example.com', ...config]);
    expect(renewed, renewed.stderr).toMatchObject({ status: 0 });
    const exported = await runCertctl(['export', 'b.example.com', ...config]);
    await verifyChain(exported.stdout, (await ca.roots()).join(''));
    expect(parseChain(exported.stdout)).toMatchObject({
      names: NAMES,
      keyFingerprint256: first.fingerprint,
    });
    const database = new Database(dir.file('data/certctl.db'), { readonly: true });
    const count = database.prepare(
      `SELECT count(*) FROM secrets WHERE id LIKE 'certificate-key/%'`,
    );
    expect(count.pluck().get()).toBe(0);
    database.close();

    for (const args of [['list'], ['show', 'a.example.com']]) {
      const { stdout } = await runCertctl([...args, ...config]);
      expect(stdout).toContain('elsewhere');
    }
    await expectRefusal(['export', 'a.example.com', '--with-key', ...config], {
      status: 65,
      message: 'the key of a.example.com was never here',
      mend: '--with-key',
    });
    await expectRefusal(['revoke', 'a.example.com', '--by', 'key', ...config], {
      status: 65,
      message: 'is elsewhere',
      mend: '--cert',
    });

    // A request for another key is a new wish, the same one is not.
    const again = await runCertctl(['issue', ...NAMES, '--csr', first.file, ...by]);
    expect(again.stdout).toContain('nothing to do');
    const second = await makeCsr(dir, 'second', 'DER');
    const replaced = await runCertctl(['issue', '--csr', second.file, '--json', ...by]);
    expect(JSON.parse(replaced.stdout)).toMatchObject({ reason: 'key-type-changed' });

    const revoked = await runCertctl([
      'revoke',
      'a.example.com',
      '--reason',
      'keyCompromise',
      ...config,
    ]);
    expect(revoked, revoked.stderr).toMatchObject({ status: 0 });
    await expectRefusal(['issue', '--csr', second.file, ...by], {
      status: 65,
      message: 'the key of the signing request is compromised',
      mend: '--csr',
    });
    const own = await runCertctl(['issue', ...NAMES, '--key-type', 'ec256', '--json', ...by]);
    expect(JSON.parse(own.stdout)).toMatchObject({ outcome: 'issued', reason: 'revoked' });
    const key = await runCertctl(['export', 'a.example.com', '--with-key', ...config]);
    expect(key.stdout).toContain('PRIVATE KEY');
  });

  it('refuses other names, a chosen key, and a damaged request before any order', async () => {
    await using ca = await Pebble.start();
    await using dir = await openTempDir();
    const config = ['--config', await writeAcmeConfig(dir, ca)];
    const { file } = await makeCsr(dir, 'first', 'PEM');
    await expectRefusal(['issue', 'other.example.com', '--csr', file, ...config], {
      status: 65,
      message: 'not for the names given',
      mend: 'names',
    });
    await expectRefusal(['issue', '--csr', file, '--key-type', 'ec256', ...config], {
      status: 64,
      message: 'cannot be chosen',
      mend: '--csr',
    });
    const damaged = Buffer.from(await readFile(file));
    damaged.fill('A', 100, 140);
    await writeFile(file, damaged);
    await expectRefusal(['issue', '--csr', file, ...config], {
      status: 65,
      message: 'reading a certificate signing request',
      mend: 'openssl',
    });
    await expectRefusal(['issue', '--csr', dir.file('none'), ...config], {
      status: 65,
      message: 'it does not exist',
      mend: /path/,
    });
    expect(await ca.orderCount()).toBe(0);
  });
});
