import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeReply,
  encodeName,
  encodeQuery,
  encodeUpdate,
  readName,
  txtAddition,
  txtDeletion,
} from './dns-message.ts';

describe('encodeUpdate', () => {
  it('has the zone, no prerequisite, and the change', () => {
    const message = encodeUpdate(0x1234, 'a.b', [txtAddition('x.a.b', 'hi', 60)]);
    expect(message.toString('hex')).toBe(
      // id, opcode UPDATE, one zone, no prerequisite, one update, nothing additional
      '123428000001000000010000' +
        // a.b SOA IN
        '016101620000060001' +
        // x.a.b TXT IN, 60 s, one string
        '01780161016200001000010000003c0003026869',
    );
  });

  it('deletes one record of the set by the class NONE and without a time', () => {
    const message = encodeUpdate(1, 'a', [txtDeletion('a', 'v')]);
    expect(message.toString('hex')).toMatch(/016100001000fe0000000000020176$/);
  });

  it('splits a value into strings of 255 octets', () => {
    const { data } = txtAddition('a', 'v'.repeat(300), 60);
    expect([data.length, data[0], data[256]]).toEqual([302, 255, 45]);
  });
});

describe('encodeName', () => {
  it.each(['a..b', '.a', `${'x'.repeat(64)}.com`, Array(130).fill('a').join('.')])(
    'refuses %s',
    (name) => {
      expect(() => encodeName(name)).toThrow(RangeError);
    },
  );
});

describe('readName', () => {
  it('follows pointers backwards only', () => {
    const message = Buffer.from('01610001 62c000'.replaceAll(' ', ''), 'hex');
    expect(readName(message, 3)).toEqual({ name: 'b.a', end: 7 });
    for (const loop of ['c000', '0161c000', 'c001c000', 'c002c000']) {
      expect(() => readName(Buffer.from(loop, 'hex'), 0)).toThrow(RangeError);
    }
  });
});

describe('decodeReply', () => {
  it('reads flags and records', () => {
    const query = encodeQuery(7, 'example.com', 6);
    const reply = Buffer.concat([query, Buffer.from('c00c00060001000000050001ff', 'hex')]);
    reply.writeUInt16BE(0x84_03, 2);
    reply.writeUInt16BE(1, 8);
    expect(decodeReply(reply)).toMatchObject({
      id: 7,
      isReply: true,
      isAuthoritative: true,
      rcode: 3,
      answers: [],
      authorities: [{ name: 'example.com', type: 6, class: 1, ttl: 5, data: Buffer.of(0xff) }],
    });
  });

  it('takes any octets for a message or throws a RangeError', () => {
    assert(
      property(uint8Array({ maxLength: 120 }), (octets) => {
        expect(faultOf(() => decodeReply(Buffer.from(octets)))).toBeOneOf([
          undefined,
          'RangeError',
        ]);
      }),
    );
  });
});

function faultOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    return (thrown as Error).constructor.name;
  }
}
