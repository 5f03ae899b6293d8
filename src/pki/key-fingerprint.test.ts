import { createHash, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openssl } from '../../test/support/openssl.ts';
import { keyFingerprint256 } from './key-fingerprint.ts';
import { generatePrivateKey, privateKeyToPem } from './keys.ts';

describe('keyFingerprint256', () => {
  it('is the digest that OpenSSL has of the public key, from either half', async () => {
    const key = await generatePrivateKey('ec256');
    const pem = await openssl(['pkey', '-pubout'], privateKeyToPem(key));
    const der = Buffer.from(pem.replaceAll(/-----.*-----|\s/g, ''), 'base64');
    const expected = createHash('sha256').update(der).digest('hex');
    expect(keyFingerprint256(key)).toBe(expected);
    expect(keyFingerprint256(createPublicKey(key))).toBe(expected);
    expect(keyFingerprint256(await generatePrivateKey('ec256'))).not.toBe(expected);
  });
});
