/**
 * Reads the integers and vectors of TLS (RFC 8446 §3) from bytes, and never past their end.
 *
 * @module
 */

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #fail: () => Error;
  #offset = 0;

  /** `fail` makes the error for a length that promises more than there is. */
  constructor(bytes: Uint8Array, fail: () => Error) {
    this.#bytes = bytes;
    this.#fail = fail;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  take(count: number): Uint8Array {
    const end = this.#offset + count;
    if (end > this.#bytes.length) throw this.#fail();
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  uint8(): number {
    const octet = this.#bytes[this.#offset];
    if (octet === undefined) throw this.#fail();
    this.#offset += 1;
    return octet;
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8();
  }

  /** A vector behind its length in one octet. */
  vector8(): Uint8Array {
    return this.take(this.uint8());
  }

  /** A vector behind its length in two octets. */
  vector16(): Uint8Array {
    return this.take(this.uint16());
  }

  expectEnd(): void {
    if (!this.isAtEnd) throw this.#fail();
  }
}
