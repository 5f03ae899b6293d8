import { describe, expect, it } from 'vitest';
import { sampleIssuance } from '../../store/sample-records.contract.ts';
import { judgeServed } from './judge-served.ts';

const current = sampleIssuance('new', 'one', { serial: '02', fingerprint256: 'bb' });
const wildcard = sampleIssuance('wild', 'two', { serial: '03', fingerprint256: 'cc' });

describe('judgeServed', () => {
  it('takes every current certificate that covers the name', () => {
    for (const { fingerprint256, serial } of [current, wildcard]) {
      expect(judgeServed({ fingerprint256, serial }, current, [current, wildcard])).toBeUndefined();
    }
  });

  it('says what is served instead', () => {
    const old = { fingerprint256: 'aa', serial: '01' };
    expect(judgeServed(old, current, [current])).toStrictEqual({
      kind: 'mismatch',
      serial: '02',
      servedSerial: '01',
      message: 'clients get the certificate with serial 01, the stored one has 02',
    });
  });

  it('says why nothing is served', () => {
    expect(judgeServed({ failure: 'connect ECONNREFUSED' }, current, [current])).toStrictEqual({
      kind: 'not-served',
      serial: '02',
      message: 'no certificate is served: connect ECONNREFUSED',
    });
  });
});
