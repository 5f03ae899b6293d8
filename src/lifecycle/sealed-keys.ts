/**
 * Private keys between the store, where they are sealed, and memory, where they work.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { decodePrivateKey, encodePrivateKey } from '../pki/keys.ts';
import type { SecretRecord } from '../store/records.ts';
import type { SecretTable } from '../store/store.ts';

export interface SealedKeys {
  seal(secretId: string, privateKey: KeyObject): SecretRecord;
  /** @throws `store/corrupt` when the secret is gone, `keyring/mismatch` when it does not open. */
  load(secretId: string): Promise<KeyObject>;
}

export function createSealedKeys(secrets: SecretTable, keyring: Keyring): SealedKeys {
  return {
    seal(secretId, privateKey) {
      const plaintext = encodePrivateKey(privateKey);
      try {
        return { id: secretId, sealed: keyring.seal(secretId, plaintext) };
      } finally {
        plaintext.fill(0);
      }
    },
    async load(secretId) {
      const secret = await secrets.find(secretId);
      if (secret === undefined) {
        throw new AppError('store/corrupt', `the private key ${secretId} is not in the database`, {
          mend: 'Restore the database from a backup.',
        });
      }
      const plaintext = keyring.open(secretId, secret.sealed);
      try {
        return decodePrivateKey(plaintext);
      } finally {
        plaintext.fill(0);
      }
    },
  };
}
