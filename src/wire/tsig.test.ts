import { createHmac } from 'node:crypto';
import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeName, encodeQuery, uint16 } from './dns-message.ts';
import { signMessage, TSIG_ERRORS, type TsigKey, verifyReply } from './tsig.ts';

const KEY: TsigKey = { name: 'k.example', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7) };
const NOW = new Date('2026-01-15T12:00:00Z');
const REQUEST_MAC = Buffer.alloc(32, 1);

describe('signMessage', () => {
  it('appends the record that RFC 8945 §4.2 and §4.3 describe', () => {
    const query = encodeQuery(0x0102, 'example.com', 6);
    const { message, mac } = signMessage(query, KEY, NOW);
    const time = NOW.getTime() / 1_000;
    const signedAt = Buffer.from(time.toString(16).padStart(12, '0'), 'hex');
    const name = Buffer.from('\u0001k\u0007example\0', 'latin1');
    const algorithm = Buffer.from('\u000bhmac-sha256\0', 'latin1');
    const variables = Buffer.concat([
      name,
      Buffer.from('00ff00000000', 'hex'),
      algorithm,
      signedAt,
      Buffer.from('012c00000000', 'hex'),
    ]);
    const expected = createHmac('sha256', KEY.secret).update(query).update(variables).digest();
    expect(mac).toEqual(expected);
    const data = Buffer.concat([
      algorithm,
      signedAt,
      Buffer.from('012c0020', 'hex'),
      expected,
      Buffer.from('010200000000', 'hex'),
    ]);
    const length = data.length.toString(16).padStart(4, '0');
    const record = Buffer.concat([name, Buffer.from(`00fa00ff00000000${length}`, 'hex'), data]);
    expect(message.subarray(query.length)).toEqual(record);
    expect(message.readUInt16BE(10)).toBe(1);
  });
});

describe('verifyReply', () => {
  it('accepts what the key has signed', () => {
    expect(verifyReply(signedReply(), KEY, REQUEST_MAC, NOW)).toEqual({ state: 'verified' });
  });

  it.each([
    ['another key', { ...KEY, secret: Buffer.alloc(32, 8) }, REQUEST_MAC, NOW],
    ['a key of another name', { ...KEY, name: 'l.example' }, REQUEST_MAC, NOW],
    ['the reply to another request', KEY, Buffer.alloc(32, 2), NOW],
    ['an old reply', KEY, REQUEST_MAC, new Date(NOW.getTime() + 400_000)],
  ])('refuses %s', (_title, key, mac, now) => {
    expect(verifyReply(signedReply(), key, mac, now)).toEqual({ state: 'wrong' });
  });

  it('refuses a reply in which anything was changed', () => {
    const reply = signedReply();
    assert(
      property(integer({ min: 0, max: reply.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(reply);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const state = stateOf(changed);
        // The identifier is not signed: the one in the TSIG record is.
        expect(state === 'verified').toBe(bit < 16 || isCaseOrIgnored(bit));
      }),
      { numRuns: 2_000 },
    );
  });

  it('says that there is no signature', () => {
    expect(verifyReply(encodeQuery(1, 'a', 6), KEY, REQUEST_MAC, NOW)).toEqual({
      state: 'unsigned',
    });
  });

  it('believes an unsigned refusal of the key only', () => {
    const verdict = (error: number) =>
      verifyReply(withTsig(error, Buffer.alloc(0)), KEY, REQUEST_MAC, NOW);
    expect(verdict(TSIG_ERRORS.badKey)).toEqual({ state: 'refused', error: 17 });
    expect(verdict(TSIG_ERRORS.badSignature)).toEqual({ state: 'refused', error: 16 });
    expect(verdict(TSIG_ERRORS.badTime)).toEqual({ state: 'wrong' });
    expect(verdict(0)).toEqual({ state: 'wrong' });
  });
});

const REPLY = encodeQuery(0x0102, 'example.com', 6);

/** A reply that was put together here, by RFC 8945 §5.3. */
function signedReply(): Buffer {
  const mac = createHmac('sha256', KEY.secret)
    .update(Buffer.concat([uint16(REQUEST_MAC.length), REQUEST_MAC, REPLY]))
    .update(encodeName(KEY.name))
    .update(Buffer.from('00ff00000000', 'hex'))
    .update(encodeName(KEY.algorithm))
    .update(timeOf(NOW))
    .update(Buffer.from('012c00000000', 'hex'))
    .digest();
  return withTsig(0, mac);
}

function withTsig(error: number, mac: Buffer): Buffer {
  const data = Buffer.concat([
    encodeName(KEY.algorithm),
    timeOf(NOW),
    uint16(300, mac.length),
    mac,
    uint16(0x0102, error, 0),
  ]);
  const reply = Buffer.concat([
    REPLY,
    encodeName(KEY.name),
    uint16(250, 255, 0, 0, data.length),
    data,
  ]);
  reply.writeUInt16BE(1, 10);
  return reply;
}

function timeOf(instant: Date): Buffer {
  const octets = Buffer.alloc(6);
  octets.writeUIntBE(instant.getTime() / 1_000, 0, 6);
  return octets;
}

/** Names are compared without their case; class and time of a TSIG record are not in its MAC. */
function isCaseOrIgnored(bit: number): boolean {
  const at = bit >> 3;
  const nameAt = REPLY.length;
  const algorithmAt = nameAt + encodeName(KEY.name).length + 10;
  const isName = at >= nameAt && at < nameAt + encodeName(KEY.name).length;
  const isAlgorithm = at >= algorithmAt && at < algorithmAt + encodeName(KEY.algorithm).length;
  const isClassOrTime = at >= algorithmAt - 8 && at < algorithmAt - 2;
  const isLetter = /[a-z]/.test(String.fromCharCode(signedReply()[at] ?? 0));
  return ((isName || isAlgorithm) && isLetter && (bit & 7) === 5) || isClassOrTime;
}

/** `'malformed'` when it is not even read. */
function stateOf(reply: Buffer): string {
  try {
    return verifyReply(reply, KEY, REQUEST_MAC, NOW).state;
  } catch (thrown) {
    if (thrown instanceof RangeError) return 'malformed';
    throw thrown;
  }
}
