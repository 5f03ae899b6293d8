import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { at, sampleIssuance } from '../../store/sample-records.contract.ts';
import { isDue, retryDeploymentAt } from './judge-deployment.ts';

const issuance = { ...sampleIssuance('i2', 'one'), notAfter: at(1_000) };
const common = { certificateId: 'one', target: 'web' };
const deployed = { issuanceId: 'i2', settingsDigest: 'd', message: '', at: at(0) };
const failure = {
  count: 1,
  issuanceId: 'i2',
  error: { code: 'target/failed', message: 'no' },
  at: at(0),
  retryAt: at(100),
} as const;

describe('isDue', () => {
  it.each([
    ['nothing was brought yet', undefined, true],
    ['it is there', { ...common, deployed }, false],
    ['an earlier one is there', { ...common, deployed: { ...deployed, issuanceId: 'i1' } }, true],
    ['the target was changed', { ...common, deployed: { ...deployed, settingsDigest: 'e' } }, true],
    ['it failed a moment ago', { ...common, deployed, failure }, false],
    [
      'it failed, and its time has come',
      { ...common, failure: { ...failure, retryAt: at(10) } },
      true,
    ],
    ['an earlier one failed', { ...common, failure: { ...failure, issuanceId: 'i1' } }, true],
  ] as const)('judges that %s', (_, record, expected) => {
    expect(isDue(issuance, 'd', record, at(10))).toBe(expected);
  });

  it('brings nothing that is revoked or expired', () => {
    expect(isDue({ ...issuance, revokedAt: at(5) }, 'd', undefined, at(10))).toBe(false);
    expect(isDue(issuance, 'd', undefined, at(1_000))).toBe(false);
  });
});

describe('retryDeploymentAt', () => {
  it('waits longer each time, up to four hours', () => {
    const error = new AppError('target/failed', 'no');
    const waits = [1, 2, 3, 50].map(
      (count) =>
        (retryDeploymentAt(error, count, at(0), () => 0).getTime() - at(0).getTime()) / 1_000,
    );
    expect(waits).toEqual([30, 120, 600, 14_400]);
  });
});
