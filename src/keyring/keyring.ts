/**
 * The keyring's contract: seals secrets for the store and opens them again.
 *
 * @module
 */
import type { Sealed } from '../core/sealed.ts';

export interface Keyring {
  /** The key-encryption key that new secrets are sealed with. */
  readonly activeKekId: string;
  /** All that it has. A key once known is kept as long as the process runs. */
  readonly kekIds: readonly string[];
  /** `identity` is bound to the ciphertext: the result opens only under the same identity. */
  seal(identity: string, plaintext: Uint8Array): Sealed;
  /**
   * @throws `keyring/mismatch` when the key-encryption key is not in this keyring, the identity is
   * another one, or the record was altered.
   */
  open(identity: string, sealed: Sealed): Buffer;
  /**
   * The same secret with its data key wrapped by another key-encryption key, the active one unless
   * one is named. The ciphertext stays as it is, and is not opened.
   * @throws `keyring/mismatch` as `open`, but for an altered ciphertext.
   */
  rewrap(identity: string, sealed: Sealed, kekId?: string): Sealed;
  /** Looks in the source again when it does not know this key; true when it knows it now. */
  learn(kekId: string): Promise<boolean>;
  /** Seals with this key from now on. @throws `keyring/mismatch` when the source has no such key. */
  activate(kekId: string): Promise<void>;
}

/** A key-encryption key: 32 bytes under a public id. */
export interface Kek {
  readonly id: string;
  readonly key: Uint8Array;
}

/** All key-encryption keys of a source; the first one is the newest, each one opens. */
export type KekSet = readonly [Kek, ...Kek[]];

/** Where key-encryption keys come from. */
export interface KekSource {
  /** For messages: the place without anything secret. */
  readonly place: string;
  /**
   * The keys; creates what is missing where the source can and has none yet. Two processes that
   * create at once end with the same key.
   * @throws `keyring/corrupt`, `keyring/unavailable`, `keyring/unwritable`; `permission/denied` for
   * keys that others can read.
   */
  load(signal: AbortSignal): Promise<KekSet>;
  /** The keys as they are now; never creates. @throws as `load`; `keyring/mismatch` without any. */
  reload(signal: AbortSignal): Promise<KekSet>;
  /** Only where certctl makes the keys itself. */
  readonly rotation?: KekRotation;
}

/** The caller sees to it that nobody else changes the source at the same time. */
export interface KekRotation {
  /** Puts a new key before those that are there. */
  add(signal: AbortSignal): Promise<void>;
  /** Removes these keys for good. */
  drop(kekIds: readonly string[], signal: AbortSignal): Promise<void>;
}
