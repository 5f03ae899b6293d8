/**
 * What is said of one certificate, and of the other where it is of a pair of an EC and an RSA key.
 *
 * @module
 */
export type Paired<T> = T & { readonly pair?: T };

export function paired<T extends object>(first: T, second: T | undefined): Paired<T> {
  return { ...first, ...(second === undefined ? {} : { pair: second }) };
}

/** Both, the one with an EC key first. */
export function pairOf<T extends object>(said: Paired<T>): T[] {
  const { pair, ...first } = said;
  return pair === undefined ? [said] : [first as T, pair];
}
