/**
 * What goes into a key store of one entry, whatever its format.
 *
 * @module
 */
import { createPrivateKey } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { parseCertificates } from './chain.ts';

export interface KeyStoreEntry {
  /** Of any form that OpenSSL reads. */
  readonly privateKeyPem: string;
  readonly chainPem: string;
  /** What the entry is called in the store. */
  readonly alias: string;
  readonly passphrase: string;
}

/** Java's keytool opens no store with a shorter one. */
export const SHORTEST_PASSPHRASE = 6;

export interface KeyStoreParts {
  /** PKCS #8, DER. */
  readonly key: Uint8Array;
  /** DER, the certificate of the key first. */
  readonly certificates: readonly Uint8Array[];
}

/** @throws `input/invalid` */
export function keyStoreParts(entry: KeyStoreEntry): KeyStoreParts {
  if (entry.passphrase.length < SHORTEST_PASSPHRASE) {
    throw new AppError('input/invalid', 'the passphrase of the key store is too short', {
      mend: `Use one of at least ${SHORTEST_PASSPHRASE} characters.`,
    });
  }
  return {
    key: createPrivateKey(entry.privateKeyPem).export({ format: 'der', type: 'pkcs8' }),
    certificates: parseCertificates(entry.chainPem).map(({ raw }) => raw),
  };
}

/** Two octets a character, the high one first. */
export function utf16Be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
