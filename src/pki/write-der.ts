/**
 * Writes DER element by element.
 *
 * @module
 */

/** One element of the given tag around `parts`. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(value.length), value]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return element(0x31, ...parts);
}

export function octetString(bytes: Uint8Array): Buffer {
  return element(0x04, bytes);
}

/** A whole number from 0 on. */
export function integer(value: number): Buffer {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  // A first bit of 1 would make it negative.
  return (octets[0] ?? 0) < 0x80 ? element(0x02, octets) : element(0x02, Buffer.alloc(1), octets);
}

/** From its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]));
}

/** `[number]`, constructed. */
export function tagged(number: number, ...parts: readonly Uint8Array[]): Buffer {
  return element(0xa0 + number, ...parts);
}

export const NULL = Buffer.from([0x05, 0x00]);

function base128(value: number): number[] {
  const octets = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    octets.unshift(0x80 + (rest % 128));
  }
  return octets;
}

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([0x80 + octets.length]), octets]);
}
