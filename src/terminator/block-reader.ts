/**
 * Reads a connection into memory that is used again, and writes what was read to another one.
 *
 * A pipe gets new memory for every read, and V8 collects garbage for each 64 MiB of it: for bulk
 * data that costs more than the encryption.
 *
 * @module
 */
import type { OnReadOpts, Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Belongs to one connection, which has to be opened with `onread`. */
export class BlockReader {
  readonly onread: OnReadOpts;
  readonly #to: Writable;
  #isFast = false;

  constructor(to: Writable) {
    this.#to = to;
    // Node asks for the memory of the next read after each one.
    this.onread = {
      buffer: () => this.#nextBlock(),
      callback: (length, block) => this.#pass(block, length),
    };
  }

  /** To be called before the connection has read anything. */
  follow(from: Socket): void {
    this.#to.on('drain', () => from.resume());
    from.once('end', () => this.#to.end());
  }

  #nextBlock(): Uint8Array {
    return this.#isFast ? LARGE.take() : SMALL.take();
  }

  /** False: no more reads until `resume`. */
  #pass(block: Uint8Array, length: number): boolean {
    // Connections that wait for data should not hold much.
    this.#isFast = length === block.length;
    return this.#to.write(block.subarray(0, length), (error) => {
      // Who failed to write it may still have it.
      if (error === undefined || error === null) giveBack(block);
    });
  }
}

class Blocks {
  readonly octets: number;
  readonly #most: number;
  readonly #free: Uint8Array[] = [];

  constructor(octets: number, most: number) {
    this.octets = octets;
    this.#most = most;
  }

  take(): Uint8Array {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.octets);
  }

  give(block: Uint8Array): void {
    if (this.#free.length < this.#most) this.#free.push(block);
  }
}

const SMALL = new Blocks(4_096, 1_000);
const LARGE = new Blocks(65_536, 64);

function giveBack(block: Uint8Array): void {
  (block.length === LARGE.octets ? LARGE : SMALL).give(block);
}
