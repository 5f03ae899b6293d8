/**
 * The names of a certificate, read from its subjectAltName bytes.
 *
 * @module
 */
import { AppError } from '../core/errors.ts';
import { findName, isAddress, nameSet } from '../core/names.ts';
import type { Name } from '../core/names.ts';
import { DER, readElements, readInside } from './der.ts';
import { EXTENSION, readTbsCertificate } from './tbs-certificate.ts';

/**
 * DNS names and IP addresses, sorted, each once; mail addresses, URIs and other kinds are left out.
 * The common name counts for nothing (RFC 9525 §2).
 *
 * @throws `input/invalid` for a DNS name or address that certctl could never serve.
 */
export function subjectNames(certificateDer: Uint8Array): Name[] {
  const extension = readTbsCertificate(certificateDer).extensions.get(EXTENSION.subjectAltName);
  if (extension === undefined) return [];
  const [sequence] = readElements(extension);
  const names: Name[] = [];
  for (const { tag, value } of readInside(sequence, DER.sequence)) {
    if (tag !== GENERAL_NAME.dNSName && tag !== GENERAL_NAME.iPAddress) continue;
    const text = tag === GENERAL_NAME.dNSName ? asciiOf(value) : addressOf(value);
    const name = findName(text);
    if (name === undefined) throw unusable(text);
    // `findName` is for people: it trims, and reads addresses; clients do neither with a dNSName.
    if (tag === GENERAL_NAME.dNSName && (name !== text || isAddress(name))) throw unusable(text);
    names.push(name);
  }
  return nameSet(names);
}

/** Context tags of GeneralName (RFC 5280 §4.2.1.6). */
const GENERAL_NAME = { dNSName: 0x82, iPAddress: 0x87 } as const;

function asciiOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('latin1').toLowerCase();
}

function addressOf(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Buffer.from(octets).toString('hex').match(/.{4}/g) ?? [];
  return groups.join(':');
}

function unusable(name: string): AppError {
  const shown = JSON.stringify(name.slice(0, 253));
  return new AppError(
    'input/invalid',
    `reading the names of a certificate: ${shown} cannot be served`,
    {
      mend: 'Use a certificate whose names are hostnames, wildcards of one label or IP addresses.',
    },
  );
}
