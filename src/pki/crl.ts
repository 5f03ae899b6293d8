/**
 * Who signed a certificate revocation list, and until when it counts (RFC 5280 §5.1).
 *
 * @module
 */
import { DER, malformed, readElements, readInside } from './der.ts';
import type { DerElement } from './der.ts';

export interface RevocationList {
  /** Equal to `subjectId` of the authority's certificate. */
  readonly issuerId: string;
  /** Nothing can be verified by the list from then on. */
  readonly nextUpdate?: Date;
}

/** @throws `input/invalid`. */
export function readCrl(der: Uint8Array): RevocationList {
  const [list] = readElements(der);
  const [tbs] = readInside(list, DER.sequence);
  const fields = readInside(tbs, DER.sequence);
  // After the version, which the first version of lists has not.
  const [, issuer, , nextUpdate] = fields[0]?.tag === DER.integer ? fields.slice(1) : fields;
  if (issuer?.tag !== DER.sequence) throw malformed();
  const date = nextUpdate && findTime(nextUpdate);
  return { issuerId: idOf(issuer), ...(date === undefined ? {} : { nextUpdate: date }) };
}

/** @throws `input/invalid`. */
export function subjectId(certificateDer: Uint8Array): string {
  const [certificate] = readElements(certificateDer);
  const [tbs] = readInside(certificate, DER.sequence);
  const fields = readInside(tbs, DER.sequence);
  // Serial number, signature, issuer, validity, subject: behind the version, which is [0].
  const subject = fields[fields[0]?.tag === DER.integer ? 4 : 5];
  if (subject?.tag !== DER.sequence) throw malformed();
  return idOf(subject);
}

function idOf({ value }: DerElement): string {
  return Buffer.from(value).toString('hex');
}

/** `undefined` for what is not a time: the field is optional. */
function findTime({ tag, value }: DerElement): Date | undefined {
  if (tag !== UTC_TIME && tag !== GENERALIZED_TIME) return undefined;
  const text = Buffer.from(value).toString('latin1');
  // RFC 5280 §4.1.2.5.1: years of two digits from 50 on are of the last century.
  const full = tag === UTC_TIME ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text : text;
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (digits === null) throw malformed();
  const [year, month, day, hour, minute, second] = digits.slice(1);
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
