/**
 * The parts of a certificate whose exact bytes matter: serial number and extensions.
 *
 * @module
 */
import { DER, malformed, readElements, readInside } from './der.ts';
import type { DerElement } from './der.ts';

export interface TbsCertificate {
  /** The INTEGER's value octets, with the leading zero that keeps a high bit from meaning minus. */
  readonly serialNumber: Uint8Array;
  /** The DER inside `extnValue` of the extension, by the hex of its OID's value octets. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
}

/** RFC 5280 §4.2.1.1 and §4.2.1.6. */
export const EXTENSION = { authorityKeyIdentifier: '551d23', subjectAltName: '551d11' } as const;

/** @throws `input/invalid`. */
export function readTbsCertificate(certificateDer: Uint8Array): TbsCertificate {
  const [certificate] = readElements(certificateDer);
  const [tbs] = readInside(certificate, DER.sequence);
  const fields = readInside(tbs, DER.sequence);
  const serialNumber = fields.find((field) => field.tag === DER.integer)?.value;
  const list = fields.find((field) => field.tag === DER.extensions);
  return {
    serialNumber: serialNumber ?? new Uint8Array(),
    extensions: list === undefined ? new Map() : readExtensions(list),
  };
}

function readExtensions(list: DerElement): Map<string, Uint8Array> {
  const extensions = new Map<string, Uint8Array>();
  const [sequence] = readElements(list.value);
  for (const extension of readInside(sequence, DER.sequence)) {
    const fields = readInside(extension, DER.sequence);
    const oid = fields.find((field) => field.tag === DER.objectIdentifier)?.value;
    const value = fields.find((field) => field.tag === DER.octetString)?.value;
    const name = Buffer.from(oid ?? []).toString('hex');
    // RFC 5280 §4.2: one of each; of two, readers would disagree on which counts.
    if (value === undefined || extensions.has(name)) throw malformed();
    extensions.set(name, value);
  }
  return extensions;
}
