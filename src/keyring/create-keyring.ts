/**
 * The keyring over key-encryption keys that are already loaded.
 *
 * @module
 */
import { createSecretKey } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import {
  KEK_BYTES,
  openEnvelope,
  rewrapEnvelope,
  sealEnvelope,
  type WrappingKey,
} from './envelope.ts';
import type { Kek, KekSet, Keyring } from './keyring.ts';

/** Asks the source for its keys again. */
export type ReloadKeks = () => Promise<KekSet>;

/**
 * The first key is the active one at the beginning. Without `reload` no other key is ever learned.
 * @throws `keyring/corrupt` when a key has the wrong length or two have one id.
 */
export function createKeyring(keks: KekSet, reload?: ReloadKeks): Keyring {
  let active = toWrappingKey(keks[0]);
  const keys = new Map([[active.id, active]]);
  for (const kek of keks.slice(1)) {
    if (keys.has(kek.id)) throw corrupt(kek, 'is given twice');
    keys.set(kek.id, toWrappingKey(kek));
  }
  let reloading: Promise<void> | undefined;

  /** One look at a time, however many secrets wait for it: a source may be a slow program. */
  function lookAgain(ask: ReloadKeks): Promise<void> {
    reloading ??= (async () => {
      try {
        for (const kek of await ask()) {
          if (!keys.has(kek.id)) keys.set(kek.id, toWrappingKey(kek));
        }
      } finally {
        reloading = undefined;
      }
    })();
    return reloading;
  }

  function keyOf(kekId: string, identity: string): WrappingKey {
    const kek = keys.get(kekId);
    if (kek === undefined) throw mismatch(identity, kekId, 'is not in the keyring');
    return kek;
  }

  const learn = async (kekId: string): Promise<boolean> => {
    if (!keys.has(kekId) && reload !== undefined) await lookAgain(reload);
    return keys.has(kekId);
  };

  return {
    get activeKekId() {
      return active.id;
    },
    get kekIds() {
      return [...keys.keys()];
    },
    seal: (identity, plaintext) => sealEnvelope(active, identity, plaintext),
    open: (identity, sealed) => {
      const plaintext = openEnvelope(keyOf(sealed.kekId, identity), identity, sealed);
      if (plaintext === undefined) throw mismatch(identity, sealed.kekId, 'does not open it');
      return plaintext;
    },
    rewrap: (identity, sealed, kekId = active.id) => {
      const from = keyOf(sealed.kekId, identity);
      const rewrapped = rewrapEnvelope(from, keyOf(kekId, identity), identity, sealed);
      if (rewrapped === undefined) throw mismatch(identity, sealed.kekId, 'does not open it');
      return rewrapped;
    },
    learn,
    activate: async (kekId) => {
      await learn(kekId);
      active = keyOf(kekId, 'of the store');
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
      mend: 'Restore the key-encryption key that belongs to this database, or list it under keyring.previous.',
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
