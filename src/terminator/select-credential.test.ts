/**
 * @module
 */
import { array, assert, constantFrom, integer, property, subarray, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, parseName } from '../core/names.ts';
import type { Credential } from '../feed/feed.ts';
import { selectCredential } from './select-credential.ts';

const NOW = 1_000;
const ECDSA = [0x0403, 0x0804];
const RSA_ONLY = [0x0804, 0x0401];

function credential(
  names: string[],
  keyAlgorithm: 'ec' | 'rsa' = 'ec',
  notAfter = NOW + 10,
): Credential {
  return {
    fingerprint256: `${names.join()} ${keyAlgorithm} ${notAfter}`,
    names: names.map(parseName),
    keyAlgorithm,
    notAfter,
    chainPem: '',
    privateKeyPem: '',
  };
}

describe('selectCredential', () => {
  const name = parseName('a.example.com');

  it('prefers an exact name over a longer-lived wildcard', () => {
    const exact = credential(['a.example.com'], 'ec', NOW + 1);
    const wildcard = credential(['*.example.com'], 'ec', NOW + 99);
    expect(selectCredential([wildcard, exact], name, ECDSA, NOW)).toBe(exact);
  });

  it('prefers a valid wildcard over an expired exact name', () => {
    const exact = credential(['a.example.com'], 'ec', NOW);
    const wildcard = credential(['*.example.com']);
    expect(selectCredential([exact, wildcard], name, ECDSA, NOW)).toBe(wildcard);
  });

  it('serves an expired certificate when there is no other', () => {
    const expired = credential(['a.example.com'], 'ec', NOW - 1);
    expect(selectCredential([expired], name, ECDSA, NOW)).toBe(expired);
  });

  it('gives RSA to clients that cannot verify ECDSA, and to those that do not say', () => {
    const rsa = credential(['a.example.com'], 'rsa');
    const ec = credential(['a.example.com'], 'ec');
    expect(selectCredential([ec, rsa], name, RSA_ONLY, NOW)).toBe(rsa);
    expect(selectCredential([ec, rsa], name, [], NOW)).toBe(rsa);
    expect(selectCredential([rsa, ec], name, ECDSA, NOW)).toBe(ec);
  });

  it('never gives a certificate for another name', () => {
    const others = [credential(['b.example.com']), credential(['*.a.example.com'])];
    expect(selectCredential(others, name, ECDSA, NOW)).toBeUndefined();
  });

  it('gives what no other candidate beats', () => {
    const patterns = subarray(['a.example.com', '*.example.com', 'b.example.com', '*.b.org'], {
      minLength: 1,
    });
    const any = tuple(
      patterns,
      constantFrom('ec' as const, 'rsa' as const),
      integer({ min: 990, max: 1010 }),
    ).map(([names, algorithm, notAfter]) => credential(names, algorithm, notAfter));
    const gives = property(array(any), constantFrom(ECDSA, RSA_ONLY), (credentials, schemes) => {
      const chosen = selectCredential(credentials, name, schemes, NOW);
      const candidates = credentials.filter((one) => one.names.some((n) => covers(n, name)));
      if (chosen === undefined) return candidates.length === 0;
      const valid = (one: Credential) => one.notAfter > NOW;
      const fits = (one: Credential) => one.keyAlgorithm === 'rsa' || schemes === ECDSA;
      const exact = (one: Credential) => one.names.includes(name);
      let best = candidates;
      for (const wish of [valid, fits, exact, (one: Credential) => one.keyAlgorithm === 'ec']) {
        const granted = best.filter(wish);
        if (granted.length > 0) best = granted;
      }
      const longest = Math.max(...best.map((one) => one.notAfter));
      return best.includes(chosen) && chosen.notAfter === longest;
    });
    expect(() => assert(gives)).not.toThrow();
  });
});
