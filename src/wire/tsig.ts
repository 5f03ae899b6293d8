/**
 * Signatures of DNS messages by a shared secret (RFC 8945).
 *
 * @module
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  CLASS_ANY,
  decodeReply,
  encodeName,
  encodeRecord,
  readName,
  type ResourceRecord,
  uint16,
} from './dns-message.ts';

export const TSIG_ALGORITHMS = ['hmac-sha256', 'hmac-sha512'] as const;
export type TsigAlgorithm = (typeof TSIG_ALGORITHMS)[number];

export interface TsigKey {
  /** Lower-case, without trailing dot. */
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Buffer;
}

/** RFC 8945 §3. */
export const TSIG_ERRORS = {
  badSignature: 16,
  badKey: 17,
  badTime: 18,
  badTruncation: 22,
} as const;

/**
 * `unsigned`: no TSIG record. `refused`: the server reports `error`. `wrong`: it is not of the
 * server that has the key. `verified`: it is.
 */
export type TsigVerdict =
  | { readonly state: 'verified' | 'unsigned' | 'wrong' }
  | { readonly state: 'refused'; readonly error: number; readonly serverTime?: Date };

/** `message` with a TSIG record of `now`, and its MAC. */
export function signMessage(
  message: Buffer,
  key: TsigKey,
  now: Date,
): { readonly message: Buffer; readonly mac: Buffer } {
  const signedAt = Math.floor(now.getTime() / 1_000);
  const unsigned = { signedAt, fudge: FUDGE_SECONDS, error: 0, other: Buffer.alloc(0) };
  const mac = macOf(key, [message, variablesOf(key, unsigned)]);
  const originalId = message.readUInt16BE(0);
  const record = encodeRecord({
    name: key.name,
    type: TYPE_TSIG,
    class: CLASS_ANY,
    ttl: 0,
    data: Buffer.concat([
      encodeName(key.algorithm),
      uint48(signedAt),
      uint16(FUDGE_SECONDS, mac.length),
      mac,
      uint16(originalId, 0, 0),
    ]),
  });
  const signed = Buffer.concat([message, record]);
  signed.writeUInt16BE(message.readUInt16BE(ADDITIONALS_AT) + 1, ADDITIONALS_AT);
  return { message: signed, mac };
}

/** What the TSIG record of `reply` is worth. @throws RangeError for what is no DNS message. */
export function verifyReply(
  reply: Buffer,
  key: TsigKey,
  requestMac: Buffer,
  now: Date,
): TsigVerdict {
  const { additionals, lastRecordAt } = decodeReply(reply);
  const record = additionals.at(-1);
  if (record?.type !== TYPE_TSIG) return { state: 'unsigned' };
  const tsig = readTsig(record);
  const isUnsigned = tsig.mac.length === 0;
  if (
    isUnsigned &&
    (tsig.error === TSIG_ERRORS.badKey || tsig.error === TSIG_ERRORS.badSignature)
  ) {
    return { state: 'refused', error: tsig.error };
  }
  const message = Buffer.from(reply.subarray(0, lastRecordAt));
  message.writeUInt16BE(tsig.originalId, 0);
  message.writeUInt16BE(reply.readUInt16BE(ADDITIONALS_AT) - 1, ADDITIONALS_AT);
  const expected = macOf(key, [
    uint16(requestMac.length),
    requestMac,
    message,
    variablesOf(key, tsig),
  ]);
  const isOfKey = record.name === key.name && tsig.algorithm === key.algorithm;
  // Truncated MACs are allowed by the RFC, and not wanted here.
  const isEqual = tsig.mac.length === expected.length && timingSafeEqual(tsig.mac, expected);
  if (!isOfKey || !isEqual) return { state: 'wrong' };
  if (tsig.error !== 0) {
    const serverTime = tsig.other.length === 6 ? timeOf(tsig.other) : undefined;
    return { state: 'refused', error: tsig.error, ...(serverTime && { serverTime }) };
  }
  const driftSeconds = Math.abs(now.getTime() / 1_000 - tsig.signedAt);
  return driftSeconds > tsig.fudge ? { state: 'wrong' } : { state: 'verified' };
}

interface TsigVariables {
  readonly signedAt: number;
  readonly fudge: number;
  readonly error: number;
  readonly other: Buffer;
}

interface Tsig extends TsigVariables {
  readonly algorithm: string;
  readonly mac: Buffer;
  readonly originalId: number;
}

function readTsig({ data }: ResourceRecord): Tsig {
  const { name: algorithm, end: at } = readName(data, 0);
  const macLength = data.readUInt16BE(at + 8);
  const afterMac = at + 10 + macLength;
  const otherLength = data.readUInt16BE(afterMac + 4);
  if (afterMac + 6 + otherLength !== data.length) throw new RangeError('a TSIG record is cut');
  return {
    algorithm,
    signedAt: data.readUIntBE(at, 6),
    fudge: data.readUInt16BE(at + 6),
    mac: data.subarray(at + 10, afterMac),
    originalId: data.readUInt16BE(afterMac),
    error: data.readUInt16BE(afterMac + 2),
    other: data.subarray(afterMac + 6),
  };
}

/** RFC 8945 §4.3.3. */
function variablesOf(
  { name, algorithm }: TsigKey,
  { signedAt, fudge, error, other }: TsigVariables,
): Buffer {
  return Buffer.concat([
    encodeName(name),
    uint16(CLASS_ANY, 0, 0),
    encodeName(algorithm),
    uint48(signedAt),
    uint16(fudge, error, other.length),
    other,
  ]);
}

function macOf({ algorithm, secret }: TsigKey, parts: readonly Buffer[]): Buffer {
  const mac = createHmac(algorithm.slice('hmac-'.length), secret);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function uint48(value: number): Buffer {
  const octets = Buffer.alloc(6);
  octets.writeUIntBE(value, 0, 6);
  return octets;
}

function timeOf(octets: Buffer): Date {
  return new Date(octets.readUIntBE(0, 6) * 1_000);
}

const TYPE_TSIG = 250;
const ADDITIONALS_AT = 10;
/** RFC 8945 §10 recommends it. */
const FUDGE_SECONDS = 300;
