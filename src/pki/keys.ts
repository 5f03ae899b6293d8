/**
 * Private keys: made, read and written; in memory they are always `KeyObject`s.
 *
 * @module
 */
import { createPrivateKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyType } from '../core/certificate-spec.ts';
import { AppError, systemCode } from '../core/errors.ts';

/** Makes a key off the main thread: RSA takes up to seconds. */
export async function generatePrivateKey(type: KeyType): Promise<KeyObject> {
  const wanted = SHAPES[type];
  const { privateKey } =
    'namedCurve' in wanted
      ? await generate('ec', { namedCurve: wanted.namedCurve })
      : await generate('rsa', { modulusLength: wanted.modulusLength });
  return privateKey;
}

/** Which of our key types a private or public key is, if any. */
export function keyTypeOf(key: KeyObject): KeyType | undefined {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'ec':
      return TYPE_BY_CURVE.get(details?.namedCurve);
    case 'rsa':
      return TYPE_BY_MODULUS.get(details?.modulusLength);
    default:
      return undefined;
  }
}

/** PKCS #8, DER. */
export function encodePrivateKey(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'pkcs8' });
}

/** The inverse of `encodePrivateKey`. @throws `input/invalid`. */
export function decodePrivateKey(pkcs8: Uint8Array): KeyObject {
  const key = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.byteLength);
  try {
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new AppError('input/invalid', 'decoding a private key: it is not PKCS #8', { cause });
  }
}

export function privateKeyToPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/**
 * Reads the one private key of `text`, in PKCS #8, PKCS #1 or SEC 1; what surrounds it (certificates,
 * curve parameters) is left aside.
 *
 * @throws `input/invalid` when it has none, several, an encrypted or a damaged one.
 */
export function parsePrivateKeyPem(text: string): KeyObject {
  if (text.length > LONGEST_PEM) {
    throw invalid(`it has more than ${LONGEST_PEM} characters`, GIVE_A_KEY);
  }
  const labels = text.match(/-----BEGIN [A-Z ]{0,16}PRIVATE KEY-----/g) ?? [];
  // Counted first: a search for the end of each of many would take quadratic time.
  if (labels.length > 1) throw invalid('it has more than one private key', GIVE_A_KEY);
  const [pem] = text.match(KEY_BLOCK) ?? [];
  if (pem === undefined) throw invalid('it has no PEM private key', GIVE_A_KEY);
  try {
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch (cause) {
    if (systemCode(cause) === 'ERR_MISSING_PASSPHRASE' || pem.includes('ENCRYPTED')) {
      throw invalid(
        'it is encrypted',
        'Decrypt it first with `openssl pkey -in key.pem -out plain.pem`.',
      );
    }
    throw invalid('OpenSSL cannot decode it', GIVE_A_KEY, cause);
  }
}

const generate = promisify(generateKeyPair);

const SHAPES = {
  ec256: { namedCurve: 'prime256v1' },
  ec384: { namedCurve: 'secp384r1' },
  rsa2048: { modulusLength: 2048 },
  rsa3072: { modulusLength: 3072 },
  rsa4096: { modulusLength: 4096 },
} as const satisfies Record<KeyType, { namedCurve: string } | { modulusLength: number }>;

const TYPE_BY_CURVE = new Map<string | undefined, KeyType>([
  ['prime256v1', 'ec256'],
  ['secp384r1', 'ec384'],
]);

const TYPE_BY_MODULUS = new Map<number | undefined, KeyType>([
  [2048, 'rsa2048'],
  [3072, 'rsa3072'],
  [4096, 'rsa4096'],
]);

const LONGEST_PEM = 64 * 1024;

const KEY_BLOCK = /-----BEGIN ([A-Z ]{0,16}PRIVATE KEY)-----[\s\S]*?-----END \1-----/;

const GIVE_A_KEY = 'Give a file with one unencrypted private key in PEM.';

function invalid(reason: string, mend: string, cause?: unknown): AppError {
  return new AppError('input/invalid', `reading a private key: ${reason}`, { mend, cause });
}
