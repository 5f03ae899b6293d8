/**
 * The key exchange group of a connection, which Node tells to clients only.
 *
 * @module
 */
import type { Group } from '../observe/counts.ts';

/** TLS Supported Groups, as IANA numbers them. */
const GROUP_NAMES: Readonly<Record<number, Group>> = {
  0x0017: 'P-256',
  0x0018: 'P-384',
  0x0019: 'P-521',
  0x001d: 'X25519',
  0x001e: 'X448',
  0x11eb: 'SecP256r1MLKEM768',
  0x11ec: 'X25519MLKEM768',
  0x11ed: 'SecP384r1MLKEM1024',
};

/** OpenSSL's own element of the sessions that it writes. */
const GROUP_TAG = 0xb3;

/**
 * Finds it in OpenSSL's form of a session (`SSL_SESSION_ASN1`), which is a sequence in DER. `none`
 * when there is no group in it.
 */
export function findGroup(session: Uint8Array | undefined): Group {
  if (session === undefined) return 'none';
  let next = elementAt(session, 0)?.start ?? session.length;
  while (next < session.length) {
    const element = elementAt(session, next);
    if (element === undefined) return 'none';
    const { start, end } = element;
    if (session[next] === GROUP_TAG) {
      // An INTEGER within the tag.
      const inner = elementAt(session, start);
      return inner === undefined ? 'none' : nameOf(session.subarray(inner.start, inner.end));
    }
    next = end;
  }
  return 'none';
}

function nameOf(digits: Uint8Array): Group {
  const number = digits.reduce((value, octet) => value * 256 + octet, 0);
  return number === 0 ? 'none' : (GROUP_NAMES[number] ?? 'other');
}

/** The content of a DER element with a one-octet tag. */
function elementAt(der: Uint8Array, at: number): { start: number; end: number } | undefined {
  const first = der[at + 1];
  if (first === undefined) return undefined;
  if (first < LONG_FORM) return within(der, at + 2, first);
  const octets = first - LONG_FORM;
  if (octets === 0 || octets > 3) return undefined;
  let length = 0;
  for (let index = 0; index < octets; index += 1)
    length = length * 256 + (der[at + 2 + index] ?? 0);
  return within(der, at + 2 + octets, length);
}

function within(der: Uint8Array, start: number, length: number) {
  const end = start + length;
  return end > der.length ? undefined : { start, end };
}

const LONG_FORM = 0x80;
