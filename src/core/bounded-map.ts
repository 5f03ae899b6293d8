/**
 * A map that forgets what was not asked for the longest.
 *
 * @module
 */

export class BoundedMap<K, V> {
  readonly #values = new Map<K, V>();
  readonly #capacity: number;
  readonly #onForgotten: (value: V) => void;

  /** `onForgotten` hears of values that had to make room, not of deleted ones. */
  constructor(capacity: number, onForgotten: (value: V) => void = () => {}) {
    this.#capacity = capacity;
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: K): V | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    // Insertion order is the order of use.
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#capacity) return;
    const [oldest] = this.#values;
    if (oldest === undefined) return;
    this.#values.delete(oldest[0]);
    this.#onForgotten(oldest[1]);
  }

  delete(key: K): void {
    this.#values.delete(key);
  }

  clear(): void {
    this.#values.clear();
  }

  keys(): MapIterator<K> {
    return this.#values.keys();
  }

  values(): MapIterator<V> {
    return this.#values.values();
  }
}
