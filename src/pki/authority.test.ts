import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../core/clock.ts';
import { parseName } from '../core/names.ts';
import { createIntermediate, createRoot, signLeaf } from './authority.ts';
import { checkChain } from './check-chain.ts';
import { createCsr } from './csr.ts';
import { generatePrivateKey } from './keys.ts';

const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);
const NAMES = ['10.0.0.1', 'app.internal', '*.apps.internal', 'fd00::1'].map(parseName);

async function authorities() {
  const root = await createRoot({ commonName: 'Test Root, "quoted"', now: NOW });
  const issuer = await createIntermediate({ root, commonName: 'Test Issuing', now: NOW });
  return { root, issuer };
}

async function leafOf(keyType: 'ec256' | 'ec384' | 'rsa2048', lifetimeMs = 7 * DAY_MS) {
  const { root, issuer } = await authorities();
  const privateKey = await generatePrivateKey(keyType);
  const csrDer = await createCsr({ names: NAMES, privateKey });
  const pem = await signLeaf({ csrDer, names: NAMES, issuer, now: NOW, lifetimeMs });
  return { root, issuer, privateKey, pem };
}

describe('signLeaf', () => {
  it.each(['ec256', 'ec384', 'rsa2048'] as const)(
    'signs %s keys so that OpenSSL verifies the chain',
    async (type) => {
      const { root, issuer, pem } = await leafOf(type);
      const folder = mkdtempSync(join(tmpdir(), 'certctl-authority-'));
      try {
        const file = (name: string, text: string): string => {
          writeFileSync(join(folder, name), text);
          return join(folder, name);
        };
        const verify = [
          'verify',
          '-x509_strict',
          '-purpose',
          'sslserver',
          '-verify_hostname',
          'x.apps.internal',
        ];
        const files = [
          '-CAfile',
          file('root', root.certificatePem),
          '-untrusted',
          file('issuer', issuer.certificatePem),
        ];
        const printed = execFileSync('openssl', [...verify, ...files, file('leaf', pem)], {
          encoding: 'utf8',
        });
        expect(printed).toMatch(/: OK\n$/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it('gives a chain that passes our own checks', async () => {
    const { privateKey, pem } = await leafOf('ec256');
    const chain = checkChain(pem, { names: NAMES, privateKey, now: NOW });
    expect(chain).toMatchObject({ certificates: 2, keyType: 'ec256', issuerName: 'Test Issuing' });
    expect(chain.notAfter).toEqual(new Date(NOW.getTime() + 7 * DAY_MS));
    expect(chain.notBefore.getTime()).toBeLessThan(NOW.getTime());
    expect(chain.serial).toMatch(/^[4-7][0-9a-f]{31}$/);
    expect(chain.ariId).toBeDefined();
  });

  it('marks the leaf for servers only, and no authority', async () => {
    const { pem } = await leafOf('ec256');
    const leaf = new X509Certificate(pem);
    expect(leaf.ca).toBe(false);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('never lets a leaf outlive its issuer', async () => {
    const { issuer, pem } = await leafOf('ec256', 100_000 * DAY_MS);
    expect(new X509Certificate(pem).validTo).toBe(
      new X509Certificate(issuer.certificatePem).validTo,
    );
  });

  it('refuses to sign once the issuer has expired', async () => {
    const { issuer } = await authorities();
    const csrDer = await createCsr({ names: NAMES, privateKey: await generatePrivateKey('ec256') });
    const now = new Date(NOW.getTime() + 2_000 * DAY_MS);
    await expect(
      signLeaf({ csrDer, names: NAMES, issuer, now, lifetimeMs: DAY_MS }),
    ).rejects.toMatchObject({
      code: 'certificate/rejected',
    });
  });

  it('refuses a request that was changed after it was signed, wherever the change is', async () => {
    const { issuer } = await authorities();
    const csrDer = await createCsr({ names: NAMES, privateKey: await generatePrivateKey('ec256') });
    for (let at = 0; at < csrDer.length; at += 7) {
      const changed = csrDer.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      await expect(
        signLeaf({ csrDer: changed, names: NAMES, issuer, now: NOW, lifetimeMs: DAY_MS }),
      ).rejects.toMatchObject({ code: 'input/invalid' });
    }
  });

  it('refuses a key that certctl does not use', async () => {
    const { issuer } = await authorities();
    const request = [
      'req',
      '-new',
      '-newkey',
      'ed25519',
      '-nodes',
      '-keyout',
      '/dev/null',
      '-subj',
      '/',
    ];
    const csrDer = execFileSync('openssl', [...request, '-outform', 'DER'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await expect(
      signLeaf({ csrDer, names: NAMES, issuer, now: NOW, lifetimeMs: DAY_MS }),
    ).rejects.toThrow(/of a type that certctl does not use/);
  });
});

describe('createIntermediate', () => {
  it('makes authorities for the years that a private CA needs, the lower one below no other', async () => {
    const { root, issuer } = await authorities();
    const text = execFileSync('openssl', ['x509', '-noout', '-text'], {
      input: issuer.certificatePem,
      encoding: 'utf8',
    });
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/);
    expect(new X509Certificate(root.certificatePem).validToDate.getUTCFullYear()).toBe(
      NOW.getUTCFullYear() + 10,
    );
    expect(new X509Certificate(issuer.certificatePem).validToDate.getUTCFullYear()).toBe(
      NOW.getUTCFullYear() + 5,
    );
  });
});
