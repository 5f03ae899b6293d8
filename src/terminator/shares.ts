/**
 * Lets nobody have all of what many want: beyond a share, what somebody wants waits for what the
 * same one has.
 *
 * @module
 */

interface Holder {
  held: number;
  readonly waiting: (() => void)[];
}

export class Shares {
  readonly #holders = new Map<string, Holder>();
  readonly #share: number;
  readonly #mostWaiting: number;

  constructor(share: number, mostWaiting: number) {
    this.#share = share;
    this.#mostWaiting = mostWaiting;
  }

  /**
   * Calls `begin` now or later; what has begun ends with `leave`. False when too many wait: then it
   * is never called.
   */
  enter(name: string, begin: () => void): boolean {
    const holder = this.#holders.get(name) ?? { held: 0, waiting: [] };
    if (holder.held >= this.#share) {
      if (holder.waiting.length >= this.#mostWaiting) return false;
      holder.waiting.push(begin);
      return true;
    }
    holder.held += 1;
    this.#holders.set(name, holder);
    begin();
    return true;
  }

  leave(name: string): void {
    const holder = this.#holders.get(name);
    if (holder === undefined) return;
    const next = holder.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    holder.held -= 1;
    if (holder.held === 0) this.#holders.delete(name);
  }
}
