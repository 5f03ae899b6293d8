/**
 * Reads DER element by element: what a certificate says in bytes that Node's own reader leaves out.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';

export interface DerElement {
  /** The identifier octet: class, constructed bit and tag number in one. */
  readonly tag: number;
  readonly value: Uint8Array;
}

export const DER = {
  octetString: 0x04,
  objectIdentifier: 0x06,
  integer: 0x02,
  sequence: 0x30,
  /** `[3]` constructed: the extensions of a certificate. */
  extensions: 0xa3,
} as const;

/** The elements that `bytes` consists of. @throws `input/invalid` unless they fill it exactly. */
export function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const { start, end } = boundsOfValue(bytes, offset);
    elements.push({ tag: bytes[offset] ?? 0, value: bytes.subarray(start, end) });
    offset = end;
  }
  return elements;
}

/** The elements inside `element`. @throws `input/invalid` when it is missing or has another tag. */
export function readInside(element: DerElement | undefined, tag: number): DerElement[] {
  if (element?.tag !== tag) throw malformed();
  return readElements(element.value);
}

function boundsOfValue(bytes: Uint8Array, offset: number): { start: number; end: number } {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  // Tag numbers above 30 take several octets; X.509 has none.
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformed();

  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  // No length octets after 0x80 would be BER's indefinite length.
  if (first >= 0x80 && (lengthOctets === 0 || lengthOctets > MOST_LENGTH_OCTETS)) throw malformed();
  let length = lengthOctets === 0 ? first : 0;
  const start = offset + 2 + lengthOctets;
  for (const octet of bytes.subarray(offset + 2, start)) length = length * 256 + octet;
  const end = start + length;
  if (end > bytes.length) throw malformed();
  return { start, end };
}

const MOST_LENGTH_OCTETS = 3;

export function malformed(): AppError {
  return new AppError('input/invalid', 'reading a certificate: its DER is malformed', {
    mend: 'Obtain the certificate again from where it came.',
  });
}
