import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { parseName } from '../core/names.ts';
import { createIntermediate, createRoot, signLeaf } from './authority.ts';
import { describeChain, parseChain } from './chain.ts';
import { checkChain } from './check-chain.ts';
import type { ChainExpectation } from './check-chain.ts';
import { createCsr } from './csr.ts';
import { generatePrivateKey } from './keys.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const NAMES = ['app.example.com', '*.example.com'].map(parseName);

let pem: string;
let rootPem: string;
let expected: ChainExpectation;

beforeAll(async () => {
  const root = await createRoot({ commonName: 'Root', now: NOW });
  const issuer = await createIntermediate({ root, commonName: 'Issuing', now: NOW });
  const privateKey = await generatePrivateKey('ec256');
  const csrDer = await createCsr({ names: NAMES, privateKey });
  pem = await signLeaf({ csrDer, names: NAMES, issuer, now: NOW, lifetimeMs: 10 * DAY_MS });
  rootPem = root.certificatePem;
  expected = { names: NAMES, privateKey, now: NOW };
});

const at = (offsetMs: number): ChainExpectation => ({
  ...expected,
  now: new Date(NOW.getTime() + offsetMs),
});

/** The name of the check that rejects, or `none`. */
function failedCheck(text: string, wanted: ChainExpectation): unknown {
  try {
    checkChain(text, wanted);
    return 'none';
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'certificate/rejected')
      return thrown.context['check'];
    throw thrown;
  }
}

/** PEM of a certificate that OpenSSL makes, so that what we read is not what we wrote. */
function selfSigned(subject: string, ...options: readonly string[]): string {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    '/dev/null',
  ];
  return execFileSync('openssl', ['req', '-x509', ...key, '-subj', subject, ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

describe('checkChain', () => {
  it('returns the chain when all is well, with or without the root, in any order of names', () => {
    expect(checkChain(pem, { ...expected, names: NAMES.toReversed() }).certificates).toBe(2);
    expect(checkChain(pem + rootPem, expected).certificates).toBe(3);
  });

  it('rejects what is no chain', () =>
    expect(failedCheck('<html>502</html>', expected)).toBe('parse'));

  it('rejects a certificate for another key', async () => {
    expect(failedCheck(pem, { ...expected, privateKey: await generatePrivateKey('ec256') })).toBe(
      'key',
    );
    expect(
      failedCheck(pem, { ...expected, privateKey: generateKeyPairSync('ed25519').privateKey }),
    ).toBe('key');
  });

  it('rejects a name too many, a name too few, and other names', () => {
    expect(failedCheck(pem, { ...expected, names: NAMES.slice(1) })).toBe('names');
    expect(failedCheck(pem, { ...expected, names: [...NAMES, parseName('b.example.com')] })).toBe(
      'names',
    );
    expect(failedCheck(pem, { ...expected, names: [] })).toBe('names');
  });

  it('rejects a certificate from the instant at which it expires', () => {
    expect(failedCheck(pem, at(10 * DAY_MS - 1_000))).toBe('none');
    expect(failedCheck(pem, at(10 * DAY_MS))).toBe('dates');
  });

  it('forgives an hour between the clocks, no more', () => {
    expect(failedCheck(pem, at(-HOUR_MS))).toBe('none');
    expect(failedCheck(pem, at(-HOUR_MS - 6 * 60_000))).toBe('dates');
  });

  it('rejects a chain with a gap, or in another order', () => {
    const [leaf = '', issuer = ''] = pem.split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(failedCheck(leaf + rootPem, expected)).toBe('signatures');
    expect(failedCheck(leaf + rootPem + issuer, expected)).toBe('signatures');
  });

  it('rejects an issuer of the right name with another key', async () => {
    const root = await createRoot({ commonName: 'Root', now: NOW });
    const impostor = await createIntermediate({ root, commonName: 'Issuing', now: NOW });
    const [leaf = ''] = pem.split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(failedCheck(leaf + impostor.certificatePem, expected)).toBe('signatures');
  });
});

describe('parseChain', () => {
  it('agrees with OpenSSL', () => {
    const chain = parseChain(`comments are left out\n${pem.replaceAll('\n', '\r\n')}\n`);
    const printed = execFileSync(
      'openssl',
      ['x509', '-noout', '-serial', '-fingerprint', '-sha256', '-startdate', '-enddate'],
      { input: pem, encoding: 'utf8' },
    );
    const value = (label: string): string =>
      new RegExp(`${label}=(.*)`, 'i').exec(printed)?.[1]?.replaceAll(':', '').toLowerCase() ?? '';
    expect(chain.pem).toBe(pem);
    expect(chain.serial).toBe(value('serial'));
    expect(chain.fingerprint256).toBe(value('fingerprint'));
    expect(chain.notBefore).toEqual(new Date('2026-03-01T11:55:00Z'));
    expect(chain.notAfter).toEqual(new Date('2026-03-11T12:00:00Z'));
    expect(chain.names).toEqual(['*.example.com', 'app.example.com']);
  });

  it('is described certificate by certificate, the leaf first', () => {
    expect(describeChain(pem)).toEqual([
      {
        subject: 'unnamed',
        issuer: 'Issuing',
        notBefore: new Date('2026-03-01T11:55:00Z'),
        notAfter: new Date('2026-03-11T12:00:00Z'),
        keyType: 'ec256',
      },
      expect.objectContaining({ subject: 'Issuing', issuer: 'Root' }),
    ]);
  });

  it('names the organization with a common name that does not', () => {
    expect(parseChain(selfSigned("/C=US/O=Let's Encrypt/CN=YE1")).issuerName).toBe(
      "Let's Encrypt YE1",
    );
    expect(parseChain(selfSigned('/O=Acme, Inc./CN=Acme, Inc. CA 3')).issuerName).toBe(
      'Acme, Inc. CA 3',
    );
    expect(parseChain(selfSigned('/CN=red\u001b[31m')).issuerName).not.toContain('\u001b');
    expect(parseChain(selfSigned('/C=US')).issuerName).toBe('unnamed issuer');
  });

  it('reads DNS names and addresses, and leaves other kinds and the common name out', () => {
    const subjectAltName =
      'DNS:App.Example.com,IP:192.0.2.7,IP:2001:db8::7,email:a@b.example,URI:https://b.example/';
    const pemText = selfSigned('/CN=cn.example.com', '-addext', `subjectAltName=${subjectAltName}`);
    expect(parseChain(pemText).names).toEqual(['192.0.2.7', '2001:db8::7', 'app.example.com']);
    expect(parseChain(selfSigned('/CN=cn.example.com')).names).toEqual([]);
  });

  it.each(['192.0.2.7', 'app.example.com.', 'a_b.example.com', '*.*.example.com', '[::1]'])(
    'refuses the DNS name "%s", which no client would match',
    (name) => {
      const pemText = selfSigned('/', '-addext', `subjectAltName=DNS:"${name}"`);
      expect(() => parseChain(pemText)).toThrow(/cannot be served$/);
    },
  );

  it.each([
    ['nothing', () => ''],
    ['a private key among the certificates', () => `${pem}-----BEGIN PRIVATE KEY-----\n`],
    ['a certificate without end', () => `${pem}-----BEGIN CERTIFICATE-----\nAAAA\n`],
    ['a damaged certificate', () => pem.replace('MII', 'AII')],
    ['too many certificates', () => pem.repeat(17)],
    ['too long a text', () => `${pem}${' '.repeat(256 * 1024)}`],
  ])('refuses %s', (_, text) => {
    expect(() => parseChain(text())).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });
});
