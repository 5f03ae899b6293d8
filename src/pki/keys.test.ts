import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KEY_TYPES } from '../core/certificate-spec.ts';
import {
  decodePrivateKey,
  encodePrivateKey,
  generatePrivateKey,
  keyTypeOf,
  parsePrivateKeyPem,
  privateKeyToPem,
} from './keys.ts';

const openssl = (args: readonly string[], input?: string): string =>
  execFileSync('openssl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });

describe('generatePrivateKey', () => {
  it.each(KEY_TYPES)(
    'makes a key that is known as %s, and its public half too',
    async (type) => {
      const key = await generatePrivateKey(type);
      expect(keyTypeOf(key)).toBe(type);
      expect(keyTypeOf(createPublicKey(key))).toBe(type);
    },
    60_000,
  );

  it('makes keys that OpenSSL finds consistent', async () => {
    const pem = privateKeyToPem(await generatePrivateKey('ec384'));
    expect(openssl(['pkey', '-noout', '-text', '-check'], pem)).toMatch(/Key is valid[^]*P-384/);
  });
});

describe('keyTypeOf', () => {
  it('knows no type for keys that certctl does not make', () => {
    expect(keyTypeOf(generateKeyPairSync('ed25519').privateKey)).toBeUndefined();
    expect(
      keyTypeOf(generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey),
    ).toBeUndefined();
    expect(
      keyTypeOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    ).toBeUndefined();
  });
});

describe('encodePrivateKey and decodePrivateKey', () => {
  it('are inverse', async () => {
    const key = await generatePrivateKey('ec256');
    expect(decodePrivateKey(encodePrivateKey(key)).equals(key)).toBe(true);
  });

  it('refuse what is not PKCS #8', () => {
    expect(() => decodePrivateKey(Uint8Array.of(0x30, 0x00))).toThrow(
      expect.objectContaining({ code: 'input/invalid' }),
    );
  });
});

describe('parsePrivateKeyPem', () => {
  it.each([
    ['SEC 1 with curve parameters', ['ecparam', '-name', 'prime256v1', '-genkey'], 'ec256'],
    ['PKCS #1', ['genrsa', '-traditional', '2048'], 'rsa2048'],
    ['PKCS #8', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], 'ec384'],
  ] as const)('reads %s', (_, args, type) => {
    expect(keyTypeOf(parsePrivateKeyPem(openssl(args)))).toBe(type);
  });

  it('says of an encrypted key that it is encrypted, in both of its forms', () => {
    const plain = openssl(['genrsa', '2048']);
    const modern = openssl(['pkcs8', '-topk8', '-passout', 'pass:secret'], plain);
    const old = openssl(['rsa', '-traditional', '-aes128', '-passout', 'pass:secret'], plain);
    for (const pem of [modern, old])
      expect(() => parsePrivateKeyPem(pem)).toThrow(/it is encrypted$/);
  });

  it('refuses several keys, because either could be meant', () => {
    const pem = openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    expect(() => parsePrivateKeyPem(pem + pem)).toThrow(/more than one/);
  });

  it.each([
    ['nothing', ''],
    ['a damaged key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['a key without end', '-----BEGIN PRIVATE KEY-----\nAAAA\n'],
    ['too long a text', ' '.repeat(70_000)],
  ])('refuses %s', (_, text) => {
    expect(() => parsePrivateKeyPem(text)).toThrow(
      expect.objectContaining({ code: 'input/invalid' }),
    );
  });
});
