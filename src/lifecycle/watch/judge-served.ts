/**
 * Whether what a client got is what the store has for the name.
 *
 * @module
 */
import type { IssuanceRecord } from '../../store/records.ts';
import type { ServedFault } from '../../store/served.ts';

/** What a handshake showed, or why there was none. */
export type Served =
  | { readonly fingerprint256: string; readonly serial: string }
  | { readonly failure: string };

export type ServedVerdict = Pick<ServedFault, 'kind' | 'message' | 'serial' | 'servedSerial'>;

/**
 * Any current certificate that covers the name is good: which of several a server picks is its own
 * choice. Undefined where nothing is wrong.
 *
 * @param expected the certificate that is looked after
 * @param current of all that cover the name, with the same kind of key
 */
export function judgeServed(
  served: Served,
  expected: IssuanceRecord,
  current: readonly IssuanceRecord[],
): ServedVerdict | undefined {
  const { serial } = expected;
  if ('failure' in served) {
    return { kind: 'not-served', serial, message: `no certificate is served: ${served.failure}` };
  }
  if (current.some(({ fingerprint256 }) => fingerprint256 === served.fingerprint256)) {
    return undefined;
  }
  return {
    kind: 'mismatch',
    serial,
    servedSerial: served.serial,
    message: `clients get the certificate with serial ${served.serial}, the stored one has ${serial}`,
  };
}
