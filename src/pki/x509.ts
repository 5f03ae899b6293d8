/**
 * The door to @peculiar/x509, opened at the first use: loading it takes longer than starting Node.
 *
 * @module
 */
import { createPublicKey } from 'node:crypto';
import type { KeyObject, webcrypto } from 'node:crypto';
import type * as Library from '@peculiar/x509';
import { isAddress } from '../core/names.ts';
import type { Name } from '../core/names.ts';
import { keyTypeOf } from './keys.ts';

export type X509 = typeof Library;

export async function loadX509(): Promise<X509> {
  // Its container reads decorator metadata while it loads, so the polyfill must be there before.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

export interface SigningKeys {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signingAlgorithm: { readonly name: string; readonly hash: string };
}

/** `privateKey` and its public half as WebCrypto wants them. */
export function signingKeysOf(privateKey: KeyObject): SigningKeys {
  const keyType = keyTypeOf(privateKey);
  if (keyType === undefined) throw new TypeError('only the key types of KEY_TYPES can sign');
  const algorithm = WEB_ALGORITHM[keyType];
  const hash = keyType === 'ec384' ? 'SHA-384' : 'SHA-256';
  const parameters = 'namedCurve' in algorithm ? algorithm : { ...algorithm, hash };
  return {
    keys: {
      privateKey: privateKey.toCryptoKey(parameters, true, ['sign']),
      publicKey: createPublicKey(privateKey).toCryptoKey(parameters, true, ['verify']),
    },
    signingAlgorithm: { name: algorithm.name, hash },
  };
}

export function generalNames(names: readonly Name[]): Library.JsonGeneralNames {
  return names.map((name) => ({ type: isAddress(name) ? 'ip' : 'dns', value: name }));
}

const RSA = { name: 'RSASSA-PKCS1-v1_5' } as const;

const WEB_ALGORITHM = {
  ec256: { name: 'ECDSA', namedCurve: 'P-256' },
  ec384: { name: 'ECDSA', namedCurve: 'P-384' },
  rsa2048: RSA,
  rsa3072: RSA,
  rsa4096: RSA,
} as const;
