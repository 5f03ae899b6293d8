import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../observe/events/catalogue.ts';
import type { CertificateRecord } from '../../store/records.ts';
import { at, sampleCertificate, sampleIssuance } from '../../store/sample-records.contract.ts';
import { judgeExpiry } from './judge-expiry.ts';

const DAY_S = 86_400;
const FRACTIONS = [0.3, 1 / 6, 1 / 12];

function judge(day: number, fields: Partial<CertificateRecord> = {}, revoked = false) {
  const issuance = sampleIssuance('i', 'one', {
    notBefore: at(0),
    notAfter: at(90 * DAY_S),
    ...(revoked ? { revokedAt: at(0) } : {}),
  });
  const certificate = sampleCertificate('one', ['one.example.com'], { source: 'file', ...fields });
  return judgeExpiry({ certificate, issuance }, FRACTIONS, at(day * DAY_S));
}

describe('judgeExpiry', () => {
  it('says nothing while a renewal is not due, or is due since a moment ago', () => {
    for (const day of [0, 30, 59, 61, 62]) expect(judge(day)).toBeUndefined();
    expect(judge(80, {}, true)).toBeUndefined();
  });

  it('warns once for each fraction that has passed, and of the end', () => {
    expect([64, 70, 76, 83, 90].map((day) => judge(day)?.once)).toStrictEqual([
      'expiring/i/0.3',
      'expiring/i/0.3',
      `expiring/i/${1 / 6}`,
      `expiring/i/${1 / 12}`,
      'expired/i',
    ]);
  });

  it('waits for the instant that the CA has suggested', () => {
    expect(judge(70, { renewal: { renewAt: at(75 * DAY_S) } })).toBeUndefined();
    expect(judge(76, { renewal: { renewAt: at(75 * DAY_S) } })).toBeDefined();
  });

  it('tells why, for what is never renewed, too', () => {
    const lastError = { code: 'acme/timeout', message: 'no answer' } as const;
    const failure = { count: 4, lastError, lastErrorAt: at(0), retryAt: at(1) };
    const reasons = [judge(64, { failure }), judge(64, { source: 'imported' }), judge(64)];
    expect(reasons.map((event) => event?.data)).toMatchObject([
      { reason: '4 attempts failed: no answer' },
      { reason: 'it was imported, and is never renewed' },
      { reason: 'no renewal has succeeded yet' },
    ]);
    for (const event of reasons) {
      if (event !== undefined) EVENTS[event.type].parse(event.data);
    }
  });
});
