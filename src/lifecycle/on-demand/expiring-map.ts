/**
 * A bounded memory of values that hold for a while; the oldest makes room.
 *
 * @module
 */
import type { Clock } from '../../core/clock.ts';

interface Held<V> {
  readonly value: V;
  readonly until: Date;
}

export class ExpiringMap<K, V> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #held = new Map<K, Held<V>>();

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#held.size;
  }

  get(key: K): V | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    if (held.until > this.#clock.now()) return held.value;
    this.#held.delete(key);
    return undefined;
  }

  set(key: K, value: V, until: Date): void {
    this.#held.delete(key);
    if (this.#held.size >= this.#capacity) {
      for (const oldest of this.#held.keys()) {
        this.#held.delete(oldest);
        break;
      }
    }
    this.#held.set(key, { value, until });
  }

  delete(key: K): void {
    this.#held.delete(key);
  }

  clear(): void {
    this.#held.clear();
  }
}
