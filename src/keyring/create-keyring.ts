/**
 * The keyring over key-encryption keys that are already loaded.
 *
 * @module
 */
import { createSecretKey } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { KEK_BYTES, openEnvelope, sealEnvelope, type WrappingKey } from './envelope.ts';
import type { Kek, KekSet, Keyring } from './keyring.ts';

/** @throws `keyring/corrupt` when a key has the wrong length or two have one id. */
export function createKeyring(keks: KekSet): Keyring {
  const active = toWrappingKey(keks[0]);
  const keys = new Map([[active.id, active]]);
  for (const kek of keks.slice(1)) {
    if (keys.has(kek.id)) throw corrupt(kek, 'is given twice');
    keys.set(kek.id, toWrappingKey(kek));
  }
  return {
    activeKekId: active.id,
    seal: (identity, plaintext) => sealEnvelope(active, identity, plaintext),
    open: (identity, sealed) => {
      const kek = keys.get(sealed.kekId);
      if (kek === undefined) throw mismatch(identity, sealed.kekId, 'is not in the keyring');
      const plaintext = openEnvelope(kek, identity, sealed);
      if (plaintext === undefined) throw mismatch(identity, sealed.kekId, 'does not open it');
      return plaintext;
    },
  };
}

function toWrappingKey(kek: Kek): WrappingKey {
  if (kek.key.length !== KEK_BYTES) {
    throw corrupt(kek, `has ${kek.key.length} bytes, ${KEK_BYTES} are needed`);
  }
  return { id: kek.id, key: createSecretKey(kek.key) };
}

function mismatch(identity: string, kekId: string, reason: string): AppError {
  return new AppError(
    'keyring/mismatch',
    `cannot open the secret ${identity}: the key-encryption key ${kekId} ${reason}`,
    {
      mend: 'Restore the key-encryption key that belongs to this database.',
      context: { secret: identity, kekId },
    },
  );
}

function corrupt({ id }: Kek, reason: string): AppError {
  return new AppError('keyring/corrupt', `the key-encryption key ${id} ${reason}`, {
    mend: 'Restore the key-encryption key from its backup.',
    context: { kekId: id },
  });
}
