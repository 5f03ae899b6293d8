/**
 * The body of a request, which begins to flow when somebody takes it.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { notePassed } from './passed-memory.ts';

/**
 * Stands between the client's stream and the upstream's: whoever fails destroys this one, and the
 * client's connection stays usable. Until the first read nothing is lost, so that the request can
 * go to another upstream.
 */
export class RequestBody extends Readable {
  readonly #source: Readable;
  #hasBegun = false;

  constructor(source: Readable) {
    super();
    this.#source = source;
    // Whoever takes the body hears of its end; nobody takes it when there is no upstream.
    this.on('error', () => {});
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  override _read(): void {
    if (!this.#hasBegun) this.#begin();
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // What nobody takes any more must be read all the same, or the next request cannot follow it.
    if (this.#hasBegun && !this.#source.readableEnded) this.#source.resume();
    callback(error);
  }

  #begin(): void {
    this.#hasBegun = true;
    const source = this.#source;
    source.on('data', (chunk: Buffer) => {
      notePassed(chunk.length);
      if (!this.destroyed && !this.push(chunk)) source.pause();
    });
    source.once('end', () => this.push(null));
    source.once('close', () => {
      if (!source.readableEnded) this.destroy(new Error('the client broke off'));
    });
  }
}
