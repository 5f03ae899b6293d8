import { describe, expect, it } from 'vitest';
import { TLS_PRESETS } from '../feed/tls-presets.ts';
import { type GivenTls, approvedPart, checkApproved } from './fips-rules.ts';
import { formatPath } from './problem.ts';

function problemsOf(given: GivenTls, isFips = true): string[] {
  const found: string[] = [];
  checkApproved(given, ['endpoints', 0, 'tls'], {
    isFips,
    report: (path, message) => found.push(`${formatPath(path)} ${message}`),
  });
  return found;
}

describe('checkApproved', () => {
  it.each([
    ['minVersion', { minVersion: '1.1' }, 'minVersion is not approved'],
    ['maxVersion', { maxVersion: '1.1' }, 'maxVersion is not approved'],
    ['ChaCha20', { ciphers: ['TLS_CHACHA20_POLY1305_SHA256'] }, 'ciphers[0] is not approved'],
    [
      'CBC after GCM',
      { ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-SHA256'] },
      'ciphers[1] is not approved',
    ],
    ['static RSA', { ciphers: ['AES128-GCM-SHA256'] }, 'ciphers[0] is not approved'],
    ['CCM', { ciphers: ['TLS_AES_128_CCM_SHA256'] }, 'ciphers[0] is not approved'],
    ['X25519', { groups: ['X25519'] }, 'groups[0] is not approved'],
    ['optional X25519', { groups: ['P-256', '?x25519'] }, 'groups[1] is not approved'],
    ['secp256k1', { groups: ['secp256k1'] }, 'groups[0] is not approved'],
  ])('names the key of %s', (_name, given, expected) => {
    expect(problemsOf(given)).toEqual([
      expect.stringContaining(`endpoints[0].tls.${expected}`) as string,
    ]);
    expect(problemsOf(given, false)).toEqual([]);
  });

  it('takes what is approved', () => {
    const ciphers = ['TLS_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'];
    const groups = ['?X25519MLKEM768', 'SecP384r1MLKEM1024', 'P-384', 'prime256v1', 'SECP384R1'];
    expect(problemsOf({ minVersion: '1.2', ciphers, groups })).toEqual([]);
  });
});

describe('approvedPart', () => {
  it.each(['modern', 'intermediate'] as const)('leaves nothing to report of %s', (name) => {
    const part = approvedPart(TLS_PRESETS[name]);
    expect(problemsOf(TLS_PRESETS[name])).not.toEqual([]);
    expect(problemsOf(part)).toEqual([]);
    expect(part.ciphers).not.toEqual([]);
    expect(part.groups).not.toEqual([]);
  });
});
