/**
 * The keyring's contract: seals secrets for the store and opens them again.
 *
 * @module
 */
import type { Sealed } from '../core/sealed.ts';

export interface Keyring {
  /** The key-encryption key that new secrets are sealed with. */
  readonly activeKekId: string;
  /** `identity` is bound to the ciphertext: the result opens only under the same identity. */
  seal(identity: string, plaintext: Uint8Array): Sealed;
  /**
   * @throws `keyring/mismatch` when the key-encryption key is not in this keyring, the identity is
   * another one, or the record was altered.
   */
  open(identity: string, sealed: Sealed): Buffer;
}

/** A key-encryption key: 32 bytes under a public id. */
export interface Kek {
  readonly id: string;
  readonly key: Uint8Array;
}

/** All key-encryption keys of a keyring; the first one seals, each one opens. */
export type KekSet = readonly [Kek, ...Kek[]];

/** Where key-encryption keys come from. */
export interface KekSource {
  /**
   * The keys; creates a first one where the source can and has none yet. Two processes that create
   * at once end with the same key.
   * @throws `keyring/corrupt`, `keyring/unwritable`; `permission/denied` for keys that others can read.
   */
  load(signal: AbortSignal): Promise<KekSet>;
}
