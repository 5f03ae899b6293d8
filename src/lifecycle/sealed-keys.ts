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
  /** The same for a secret that is a text, such as the key of an external account. */
  sealText(secretId: string, text: string): SecretRecord;
  loadText(secretId: string): Promise<string>;
}

export function createSealedKeys(secrets: SecretTable, keyring: Keyring): SealedKeys {
  function seal(id: string, plaintext: Uint8Array): SecretRecord {
    try {
      return { id, sealed: keyring.seal(id, plaintext) };
    } finally {
      plaintext.fill(0);
    }
  }

  async function open<T>(secretId: string, use: (plaintext: Buffer) => T): Promise<T> {
    const secret = await secrets.find(secretId);
    if (secret === undefined) {
      throw new AppError('store/corrupt', `the secret ${secretId} is not in the database`, {
        mend: 'Restore the database from a backup.',
      });
    }
    // Another process may have replaced the key-encryption key since.
    await keyring.learn(secret.sealed.kekId);
    const plaintext = keyring.open(secretId, secret.sealed);
    try {
      return use(plaintext);
    } finally {
      plaintext.fill(0);
    }
  }

  return {
    seal: (secretId, privateKey) => seal(secretId, encodePrivateKey(privateKey)),
    load: (secretId) => open(secretId, decodePrivateKey),
    sealText: (secretId, text) => seal(secretId, Buffer.from(text, 'utf8')),
    loadText: (secretId) => open(secretId, (plaintext) => plaintext.toString('utf8')),
  };
}
