import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import { createCsr } from './csr.ts';
import { generatePrivateKey } from './keys.ts';

const NAMES = ['app.example.com', '*.example.com', '192.0.2.7', '2001:db8::7'].map(parseName);

describe('createCsr', () => {
  it.each([
    ['ec256', 'ecdsa-with-SHA256'],
    ['ec384', 'ecdsa-with-SHA384'],
    ['rsa2048', 'sha256WithRSAEncryption'],
  ] as const)('makes a request for %s that OpenSSL verifies', async (keyType, algorithm) => {
    const der = await createCsr({ names: NAMES, privateKey: await generatePrivateKey(keyType) });
    const text = execFileSync('openssl', ['req', '-inform', 'DER', '-noout', '-text', '-verify'], {
      input: der,
      encoding: 'utf8',
      // `openssl req -verify` exits with 1 when the signature is wrong.
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(text).toMatch(/Subject: ?\n/);
    expect(text).toContain(`Signature Algorithm: ${algorithm}`);
    expect(text).toContain(
      'DNS:app.example.com, DNS:*.example.com, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:7',
    );
  });
});
