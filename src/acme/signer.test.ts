import { createHmac, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigner } from './signer.ts';

interface Jws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

function decode(part: string): unknown {
  return part === '' ? '' : JSON.parse(Buffer.from(part, 'base64url').toString());
}

function signedText(jws: Jws): Buffer {
  return Buffer.from(`${jws.protected}.${jws.payload}`);
}

const KEYS: readonly [string, string, { privateKey: KeyObject; publicKey: KeyObject }][] = [
  ['ES256', 'sha256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ES384', 'sha384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['RS256', 'sha256', generateKeyPairSync('rsa', { modulusLength: 2_048 })],
];

describe('createSigner', () => {
  it.each(KEYS)('signs by %s', (alg, hash, { privateKey, publicKey }) => {
    const url = 'https://ca.example/order/1';
    const accountUrl = 'https://ca.example/account/1';
    const jws = JSON.parse(
      createSigner(privateKey).sign(url, { a: 1 }, { nonce: 'n', accountUrl }),
    ) as Jws;
    expect(decode(jws.protected)).toEqual({ alg, url, nonce: 'n', kid: accountUrl });
    expect(decode(jws.payload)).toEqual({ a: 1 });
    const signature = Buffer.from(jws.signature, 'base64url');
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify(hash, signedText(jws), key, signature)).toBe(true);
  });

  it('tells an empty object from a POST-as-GET', () => {
    const signer = createSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const sign = (payload?: object): Jws =>
      JSON.parse(signer.sign('https://ca.example/', payload, { nonce: 'n' })) as Jws;
    expect(decode(sign({}).payload)).toEqual({});
    expect(sign().payload).toBe('');
    expect(decode(sign().protected)).toMatchObject({ jwk: { kty: 'EC', crv: 'P-256' } });
  });

  it.each([
    [undefined, 'HS256', 'sha256'],
    ['HS384', 'HS384', 'sha384'],
    ['HS512', 'HS512', 'sha512'],
  ] as const)('binds an external account by %s without a nonce', (algorithm, alg, hash) => {
    const signer = createSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const secret = Buffer.alloc(32, 0xfb);
    const url = 'https://ca.example/new-account';
    const account = { keyId: 'kid-1', hmacKey: secret.toString('base64url'), algorithm };
    const jws = signer.bindExternalAccount(url, account) as Jws;
    expect(decode(jws.protected)).toEqual({ alg, url, kid: 'kid-1' });
    expect(decode(jws.payload)).toEqual(signer.jwk);
    const mac = createHmac(hash, secret).update(signedText(jws)).digest('base64url');
    expect(jws.signature).toBe(mac);
  });

  it.each(['', 'a+b/', 'abcde', 'two words', '=', 'ab=cd'])(
    'refuses the external account key "%s", and does not repeat it',
    (hmacKey) => {
      const signer = createSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
      const message = 'the HMAC key of the external account is not base64url';
      expect(() => signer.bindExternalAccount('https://ca/', { keyId: 'a', hmacKey })).toThrow(
        expect.objectContaining({ code: 'input/invalid', message }),
      );
    },
  );

  it('signs a key change by the new key, without nonce (RFC 8555 §7.3.5)', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const url = 'https://ca.example/key-change';
    const jws = createSigner(privateKey).signKeyChange(url, { account: 'a' }) as Jws;
    expect(decode(jws.protected)).toEqual({
      alg: 'ES256',
      url,
      jwk: expect.objectContaining({ kty: 'EC' }),
    });
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', signedText(jws), key, Buffer.from(jws.signature, 'base64url'))).toBe(
      true,
    );
  });

  it.each([
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
    ['a public key', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
  ])('refuses %s', (_, key) => {
    expect(() => createSigner(key)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });
});
