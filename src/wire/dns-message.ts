/**
 * DNS messages as far as dynamic updates need them (RFC 1035 §4, RFC 2136 §2).
 *
 * @module
 */

export interface ResourceRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly data: Buffer;
}

export interface DnsReply {
  readonly id: number;
  readonly isReply: boolean;
  readonly isAuthoritative: boolean;
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
  /** Where the last additional record begins. */
  readonly lastRecordAt: number;
}

/** One question, without recursion. */
export function encodeQuery(id: number, name: string, type: number): Buffer {
  return Buffer.concat([header(id, QUERY, [1, 0, 0, 0]), encodeName(name), uint16(type, CLASS_IN)]);
}

/** An update of `zone` without prerequisites. */
export function encodeUpdate(id: number, zone: string, changes: readonly ResourceRecord[]): Buffer {
  return Buffer.concat([
    header(id, UPDATE, [1, 0, changes.length, 0]),
    encodeName(zone),
    uint16(TYPE_SOA, CLASS_IN),
    ...changes.map(encodeRecord),
  ]);
}

/** RFC 2136 §2.5.1: part of the set from now on; there already: nothing changes. */
export function txtAddition(name: string, value: string, ttl: number): ResourceRecord {
  return { name, type: TYPE_TXT, class: CLASS_IN, ttl, data: characterStrings(value) };
}

/** RFC 2136 §2.5.4: exactly this record; gone already: nothing changes. */
export function txtDeletion(name: string, value: string): ResourceRecord {
  return { name, type: TYPE_TXT, class: CLASS_NONE, ttl: 0, data: characterStrings(value) };
}

/** @throws RangeError for what is no DNS message. */
export function decodeReply(message: Buffer): DnsReply {
  const flags = message.readUInt16BE(2);
  let at = HEADER_OCTETS;
  for (let count = message.readUInt16BE(4); count > 0; count -= 1) {
    at = readName(message, at).end + QUESTION_TAIL_OCTETS;
  }
  let lastRecordAt = at;
  const section = (countAt: number): ResourceRecord[] => {
    const records: ResourceRecord[] = [];
    for (let count = message.readUInt16BE(countAt); count > 0; count -= 1) {
      lastRecordAt = at;
      const { record, end } = readRecord(message, at);
      records.push(record);
      at = end;
    }
    return records;
  };
  const answers = section(6);
  const authorities = section(8);
  const additionals = section(10);
  if (at > message.length) throw new RangeError('a record exceeds the message');
  return {
    id: message.readUInt16BE(0),
    isReply: (flags & 0x80_00) !== 0,
    isAuthoritative: (flags & 0x04_00) !== 0,
    rcode: flags & 0x0f,
    answers,
    authorities,
    additionals,
    lastRecordAt,
  };
}

export function encodeRecord({ name, type, class: dnsClass, ttl, data }: ResourceRecord): Buffer {
  const time = Buffer.alloc(4);
  time.writeUInt32BE(ttl);
  return Buffer.concat([encodeName(name), uint16(type, dnsClass), time, uint16(data.length), data]);
}

/** Not compressed. @throws RangeError for a name that cannot be in a message. */
export function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.').map((label) => Buffer.from(label, 'latin1'));
  if (labels.some((label) => label.length === 0 || label.length > MOST_LABEL_OCTETS)) {
    throw new RangeError(`not a DNS name: ${name}`);
  }
  const encoded = Buffer.concat([
    ...labels.flatMap((label) => [Buffer.of(label.length), label]),
    Buffer.of(0),
  ]);
  if (encoded.length > MOST_NAME_OCTETS) throw new RangeError(`not a DNS name: ${name}`);
  return encoded;
}

/** Lower-case, without trailing dot, and where it ends. @throws RangeError */
export function readName(message: Buffer, from: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = from;
  let end: number | undefined;
  let octets = 0;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return { name: labels.join('.').toLowerCase(), end: end ?? at + 1 };
    if (length >= POINTER) {
      end ??= at + 2;
      const target = message.readUInt16BE(at) & 0x3f_ff;
      // Only backwards, so that it comes to an end.
      if (target >= at) throw new RangeError('a compressed name points forwards');
      at = target;
      continue;
    }
    if (length > MOST_LABEL_OCTETS) throw new RangeError('a label of an unknown kind');
    octets += length + 1;
    if (octets > MOST_NAME_OCTETS || at + 1 + length > message.length) {
      throw new RangeError('a name without end');
    }
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
}

export function uint16(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) octets.writeUInt16BE(value, index * 2);
  return octets;
}

function readRecord(message: Buffer, from: number): { record: ResourceRecord; end: number } {
  const { name, end: at } = readName(message, from);
  const length = message.readUInt16BE(at + 8);
  const end = at + 10 + length;
  if (end > message.length) throw new RangeError('a record exceeds the message');
  const record = {
    name,
    type: message.readUInt16BE(at),
    class: message.readUInt16BE(at + 2),
    ttl: message.readUInt32BE(at + 4),
    data: message.subarray(at + 10, end),
  };
  return { record, end };
}

function header(id: number, flags: number, counts: readonly number[]): Buffer {
  return uint16(id, flags, ...counts);
}

function characterStrings(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1');
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < octets.length; at += MOST_STRING_OCTETS) {
    const part = octets.subarray(at, at + MOST_STRING_OCTETS);
    parts.push(Buffer.of(part.length), part);
  }
  return Buffer.concat(parts);
}

export const TYPE_SOA = 6;
const TYPE_TXT = 16;
const CLASS_IN = 1;
const CLASS_NONE = 254;
export const CLASS_ANY = 255;
const QUERY = 0;
const UPDATE = 5 << 11;
const HEADER_OCTETS = 12;
const QUESTION_TAIL_OCTETS = 4;
const POINTER = 0xc0;
const MOST_LABEL_OCTETS = 63;
const MOST_NAME_OCTETS = 255;
const MOST_STRING_OCTETS = 255;
