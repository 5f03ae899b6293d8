import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../observe/events/catalogue.ts';
import type { TokenRecord } from '../../store/access.ts';
import { at } from '../../store/sample-records.contract.ts';
import { judgeTokenExpiry } from './judge-token-expiry.ts';

const DAY_S = 86_400;

const ENDLESS: TokenRecord = {
  id: 'one',
  name: 'ci',
  role: 'operator',
  hash: new Uint8Array(32).fill(7),
  createdAt: at(0),
  createdBy: 'socket',
};
const USUAL = { ...ENDLESS, expiresAt: at(90 * DAY_S) };

function judge(day: number, token: TokenRecord = USUAL) {
  const event = judgeTokenExpiry(token, [0.3, 1 / 12], at(day * DAY_S));
  if (event !== undefined) EVENTS[event.type].parse(event.data);
  return event;
}

describe('judgeTokenExpiry', () => {
  it('warns once for each fraction that has passed, and of the end while it is news', () => {
    const told = [10, 64, 82, 83, 90, 96, 98].map((day) => judge(day));
    expect(told.map((event) => event?.type)).toEqual([
      undefined,
      'token.expiring.v1',
      'token.expiring.v1',
      'token.expiring.v1',
      'token.expired.v1',
      'token.expired.v1',
      undefined,
    ]);
    expect(new Set(told.map((event) => event?.once)).size).toBe(4);
    expect(told[1]?.data).toMatchObject({ tokenId: 'one', name: 'ci', fractionLeft: 0.3 });
  });

  it('counts life anew from a rotation', () => {
    const rotated = { ...USUAL, rotatedAt: at(60 * DAY_S), expiresAt: at(150 * DAY_S) };
    expect(judge(90, rotated)).toBeUndefined();
    expect(judge(149, rotated)?.once).not.toBe(judge(89)?.once);
  });

  it('says nothing of what has no end, or was revoked', () => {
    expect(judge(95, { ...USUAL, revokedAt: at(1) })).toBeUndefined();
    expect(judge(95, ENDLESS)).toBeUndefined();
  });
});
