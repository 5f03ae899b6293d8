/**
 * Anti-replay nonces, reused from every answer (RFC 8555 §6.5).
 *
 * @module
 */
import { type Clock, MINUTE_MS } from '../core/clock.ts';

const NONCE = /^[A-Za-z0-9_-]{1,512}$/;
const MOST_NONCES = 64;
/** Servers forget nonces; one that waited longer would likely cost a round trip as badNonce. */
const LONGEST_AGE_MS = 5 * MINUTE_MS;
/** Few, since every request that ends brings the next nonce: a burst shares what comes back. */
const MOST_FETCHES = 3;

/** What a `Replay-Nonce` header holds; a value that is no nonce is ignored (RFC 8555 §6.5.1). */
export function parseNonce(header: string | undefined): string | undefined {
  return header !== undefined && NONCE.test(header) ? header : undefined;
}

interface Waiter {
  readonly resolve: (nonce: string) => void;
  readonly reject: (reason: unknown) => void;
}

export class NoncePool {
  readonly #fetch: () => Promise<string>;
  readonly #clock: Clock;
  readonly #nonces: { readonly nonce: string; readonly addedAt: number }[] = [];
  readonly #waiters: Waiter[] = [];
  #fetches = 0;

  /** `fetch` asks newNonce; the pool calls it only for requests that find it empty. */
  constructor(fetch: () => Promise<string>, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  add(nonce: string | undefined): void {
    if (nonce === undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve(nonce);
      return;
    }
    this.#nonces.push({ nonce, addedAt: this.#clock.now().getTime() });
    if (this.#nonces.length > MOST_NONCES) this.#nonces.shift();
  }

  /** The newest nonce, to be used once. */
  async take(signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const oldest = this.#clock.now().getTime() - LONGEST_AGE_MS;
    const newest = this.#nonces.pop();
    if (newest !== undefined && newest.addedAt >= oldest) return newest.nonce;
    this.clear();
    return this.#wait(signal);
  }

  /** Forgets what it holds: a server that refuses a nonce without giving another has lost them. */
  clear(): void {
    this.#nonces.length = 0;
  }

  async #wait(signal: AbortSignal | undefined): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const waiter = { resolve, reject };
    const abort = (): void => {
      const index = this.#waiters.indexOf(waiter);
      if (index !== -1) this.#waiters.splice(index, 1);
      reject(signal?.reason);
    };
    this.#waiters.push(waiter);
    signal?.addEventListener('abort', abort, { once: true });
    this.#replenish();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #replenish(): void {
    while (this.#fetches < Math.min(this.#waiters.length, MOST_FETCHES)) {
      this.#fetches += 1;
      void this.#fetchOne();
    }
  }

  async #fetchOne(): Promise<void> {
    try {
      this.add(await this.#fetch());
    } catch (thrown) {
      // Whoever waits would meet the same fault, one timeout after the other.
      for (const waiter of this.#waiters.splice(0)) waiter.reject(thrown);
    } finally {
      this.#fetches -= 1;
      this.#replenish();
    }
  }
}
