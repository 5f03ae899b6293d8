import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { openLifecycle, specFor } from '../../test/support/lifecycle.ts';
import { createOpensslCredential } from '../../test/support/openssl-credential.ts';
import { openssl } from '../../test/support/openssl.ts';
import { openTempDir } from '../../test/support/temp-dir.ts';
import type { Credential } from '../feed/feed.ts';
import { newCertificate } from './issue.ts';
import { showCertificate } from './list.ts';
import { revokeCertificate } from './revoke.ts';
import { exportCertificate, importCertificate } from './transfer.ts';
import { parseName } from '../core/names.ts';

const NAME = 'app.example.com';
const START = '2026-01-01T00:00:00Z';
let credential: Credential;
let other: Credential;

beforeAll(async () => {
  [credential, other] = await Promise.all([
    createOpensslCredential([NAME, 'www.example.com']),
    createOpensslCredential(['other.example.com'], { keyAlgorithm: 'rsa' }),
  ]);
});

/** The certificates of openssl begin now, and those of this clock may not begin later. */
async function openToday() {
  const lifecycle = await openLifecycle();
  lifecycle.clock.advance(Date.now() - new Date(START).getTime());
  return lifecycle;
}

describe('importCertificate', () => {
  it('takes over chain and key as they are, to be served and never renewed', async () => {
    await using test = await openToday();
    const view = await importCertificate(test.context, credential);
    expect(view).toMatchObject({
      names: [NAME, 'www.example.com'],
      source: 'imported',
      status: 'valid',
      keyType: 'ec256',
      next: { action: 'wait', reason: 'not-managed' },
      current: { fingerprint256: credential.fingerprint256 },
    });
    expect(await test.context.store.certificates.earliestActionAt()).toBeUndefined();
    expect(test.changes).toEqual([[NAME, 'www.example.com']]);

    const exported = await exportCertificate(test.context, { name: NAME, withKey: true });
    expect(exported.chainPem.trim()).toBe(credential.chainPem.trim());
    const [given, kept] = [credential.privateKeyPem, exported.privateKeyPem ?? ''].map((pem) =>
      createPrivateKey(pem),
    );
    expect(kept?.equals(given ?? createPrivateKey(''))).toBe(true);
  });

  it('seals the key', async () => {
    await using test = await openToday();
    await importCertificate(test.context, other);
    const detail = await showCertificate(test.context, { name: 'other.example.com' });
    const [record] = await test.context.store.issuances.ofCertificate(detail.id);
    const secret = await test.context.store.secrets.find(record?.keySecretId ?? '');
    const der = createPrivateKey(other.privateKeyPem).export({ format: 'der', type: 'pkcs8' });
    expect(secret?.sealed.ciphertext.length).toBeGreaterThan(der.length);
    expect(Buffer.from(secret?.sealed.ciphertext ?? []).includes(der.subarray(50, 90))).toBe(false);
  });

  it('refuses names that are managed already, however they came', async () => {
    await using test = await openToday();
    const managed = newCertificate(test.clock.now(), specFor(credential.names), 'added');
    await test.context.store.certificates.insert(managed);
    await expect(importCertificate(test.context, credential)).rejects.toMatchObject({
      code: 'certificate/conflict',
      mend: expect.stringContaining('certctl remove'),
    });
    await importCertificate(test.context, other);
    await expect(importCertificate(test.context, other)).rejects.toMatchObject({
      code: 'certificate/conflict',
    });
  });

  it('ends an import that was interrupted between its steps', async () => {
    await using test = await openToday();
    const spec = { ...specFor(credential.names), issuers: ['imported'], challenges: [] };
    const { nextActionAt: _never, ...begun } = newCertificate(test.clock.now(), spec, 'imported');
    await test.context.store.certificates.insert(begun);
    const view = await importCertificate(test.context, credential);
    expect(view).toMatchObject({ id: begun.id, status: 'valid' });
  });

  const bad: [string, () => Promise<{ chainPem: string; privateKeyPem: string }>, RegExp][] = [
    [
      'the key of another certificate',
      async () => ({ ...credential, privateKeyPem: other.privateKeyPem }),
      /another key/,
    ],
    ['no key', async () => ({ ...credential, privateKeyPem: credential.chainPem }), /no PEM priv/],
    ['a cut key', async () => ({ ...credential, privateKeyPem: cut(credential) }), /decode/],
    [
      'two keys',
      async () => ({ ...credential, privateKeyPem: twice(credential) }),
      /more than one/,
    ],
    [
      'an encrypted key',
      async () => ({ ...credential, privateKeyPem: await encrypted(credential) }),
      /encrypted/,
    ],
    [
      'a key in the chain',
      async () => ({ ...credential, chainPem: credential.chainPem + credential.privateKeyPem }),
      /something else than certificates/,
    ],
    ['no chain', async () => ({ ...credential, chainPem: 'hello' }), /no PEM certificate/],
    [
      'certificates in no order',
      async () => ({ ...credential, chainPem: credential.chainPem + other.chainPem }),
      /certificate 1 is not signed by certificate 2/,
    ],
    ['a key of a type that nobody serves', secp521, /type that cannot be served/],
  ];
  it.each(bad)('refuses %s and keeps nothing', async (_title, input, message) => {
    await using test = await openToday();
    const refused = importCertificate(test.context, await input());
    await expect(refused).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringMatching(message),
      mend: expect.stringMatching(/\.$/),
    });
    expect(await test.context.store.certificates.list({ limit: 1 })).toEqual([]);
    expect(test.changes).toEqual([]);
  });

  it('refuses a chain that has expired', async () => {
    await using test = await openToday();
    test.clock.advance(31 * 86_400_000);
    await expect(importCertificate(test.context, credential)).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('expired at'),
    });
  });
});

describe('an imported certificate', () => {
  it('cannot be revoked here, since its CA is not known', async () => {
    await using test = await openToday();
    await importCertificate(test.context, credential);
    const revoking = revokeCertificate(
      test.context,
      { name: NAME, reason: 'unspecified' },
      () => undefined,
      new AbortController().signal,
    );
    await expect(revoking).rejects.toMatchObject({ code: 'issuer/unsupported' });
    expect(await showCertificate(test.context, { name: NAME })).toMatchObject({ status: 'valid' });
  });
});

describe('exportCertificate', () => {
  it('leaves the key out unless it was asked for', async () => {
    await using test = await openToday();
    await importCertificate(test.context, credential);
    const exported = await exportCertificate(test.context, { name: NAME, withKey: false });
    expect(exported).toEqual({ names: [NAME, 'www.example.com'], chainPem: expect.any(String) });
  });

  it('fails for a name that nobody manages, and for one without chain', async () => {
    await using test = await openToday();
    const request = { name: NAME, withKey: true };
    await expect(exportCertificate(test.context, request)).rejects.toMatchObject({
      code: 'certificate/not-found',
    });
    const waiting = newCertificate(test.clock.now(), specFor([parseName(NAME)]), 'added');
    await test.context.store.certificates.insert(waiting);
    await expect(exportCertificate(test.context, request)).rejects.toMatchObject({
      code: 'certificate/not-found',
      mend: expect.stringContaining('certctl show'),
    });
  });
});

function cut({ privateKeyPem }: Credential): string {
  const lines = privateKeyPem.trim().split('\n');
  return lines.toSpliced(1, 1).join('\n');
}

function twice({ privateKeyPem }: Credential): string {
  return privateKeyPem + privateKeyPem;
}

function encrypted({ privateKeyPem }: Credential): Promise<string> {
  return openssl(['pkcs8', '-topk8', '-passout', 'pass:secret'], privateKeyPem);
}

async function secp521() {
  await using directory = await openTempDir();
  const [key, chain] = [directory.file('key.pem'), directory.file('chain.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521', '-nodes', '-keyout', key];
  const names = ['-subj', '/CN=test', '-addext', `subjectAltName=DNS:${NAME}`];
  await openssl(['req', '-x509', ...curve, ...names, '-out', chain]);
  return { chainPem: await readFile(chain, 'utf8'), privateKeyPem: await readFile(key, 'utf8') };
}
