/**
 * A secret as it may lie on disk: only a keyring opens it again.
 *
 * @module
 */

export interface Sealed {
  /** Which key-encryption key wraps `wrappedKey`. */
  readonly kekId: string;
  readonly wrappedKey: Uint8Array;
  readonly ciphertext: Uint8Array;
}
