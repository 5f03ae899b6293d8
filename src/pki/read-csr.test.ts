import { describe, expect, it } from 'vitest';
import { openTempDir } from '../../test/support/temp-dir.ts';
import { openssl } from '../../test/support/openssl.ts';
import { decodeCsrFile, readCsr } from './read-csr.ts';
import { keyFingerprint256 } from './key-fingerprint.ts';
import { parsePrivateKeyPem } from './keys.ts';
import { readFile } from 'node:fs/promises';

interface Request {
  readonly key?: readonly string[];
  readonly subject?: string;
  readonly names?: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** By OpenSSL, PEM; with the private key. */
async function makeCsr({ key = EC, subject = '/', names }: Request) {
  await using dir = await openTempDir();
  const extension = names === undefined ? [] : ['-addext', `subjectAltName=${names}`];
  const keyPath = dir.file('key.pem');
  const options = ['-nodes', '-keyout', keyPath, '-subj', subject, ...extension];
  const pem = await openssl(['req', '-new', ...key, ...options]);
  return { pem, privateKeyPem: await readFile(keyPath, 'utf8') };
}

const derOf = (pem: string): Uint8Array => decodeCsrFile(Buffer.from(pem));

describe('readCsr', () => {
  it('reads the names and the key of a request in PEM and in DER', async () => {
    const { pem, privateKeyPem } = await makeCsr({
      subject: '/CN=c.example.com',
      names: 'DNS:B.example.com,DNS:*.a.example.com,IP:192.0.2.1,DNS:c.example.com',
    });
    const der = derOf(pem);
    const read = await readCsr(decodeCsrFile(der));
    expect(read).toMatchObject({
      names: ['*.a.example.com', '192.0.2.1', 'b.example.com', 'c.example.com'],
      keyType: 'ec256',
      keyFingerprint256: keyFingerprint256(parsePrivateKeyPem(privateKeyPem)),
    });
    expect(read.publicKey.type).toBe('public');
  });

  it.each<[string, Request, RegExp]>([
    ['with a weak key', { key: ['-newkey', 'rsa:1024'], names: 'DNS:a.example.com' }, /its key is/],
    ['with a foreign key', { key: ['-newkey', 'ed25519'], names: 'DNS:a.example.com' }, /its key/],
    ['without names', {}, /it names nothing/],
    ['for a mail address', { names: 'email:me@example.com' }, /of the kind email/],
    ['for what is no name', { names: 'DNS:under_score.example.com' }, /cannot be in a certificate/],
    ['with a common name that is none', { subject: '/CN=Me Myself' }, /"Me Myself" cannot be/],
  ])('refuses one %s', async (_title, request, message) => {
    const { pem } = await makeCsr(request);
    await expect(readCsr(derOf(pem))).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a signature by another key, and what is no request', async () => {
    const { pem } = await makeCsr({ names: 'DNS:a.example.com' });
    const forged = derOf(pem);
    const at = Buffer.from(forged).indexOf('a.example.com');
    forged.set(Buffer.from('b'), at);
    await expect(readCsr(forged)).rejects.toMatchObject({
      message: expect.stringContaining('not by its own key'),
    });
    await expect(readCsr(Uint8Array.of(0x30, 0x00))).rejects.toMatchObject({
      message: expect.stringContaining('not a certificate signing request'),
    });
    expect(() => decodeCsrFile(Buffer.from(`${pem}${pem}`))).toThrow('exactly one');
    expect(() => decodeCsrFile(Buffer.from('-----BEGIN PRIVATE KEY-----'))).toThrow('exactly one');
  });
});
