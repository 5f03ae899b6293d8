import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, after } from '../../core/clock.ts';
import { parseName } from '../../core/names.ts';
import type { IssuanceRecord } from '../../store/records.ts';
import { decide } from './decide.ts';
import type { PlannerInput } from './input.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const names = [parseName('app.example.com')];

function issued(change: Partial<IssuanceRecord> = {}): IssuanceRecord {
  return {
    id: 'i1',
    certificateId: 'c1',
    issuer: 'letsencrypt',
    names,
    keyType: 'ec256',
    serial: '01',
    fingerprint256: 'aa',
    chainPem: '',
    keySecretId: 'k1',
    notBefore: after(NOW, -10 * DAY_MS),
    notAfter: after(NOW, 80 * DAY_MS),
    issuedAt: after(NOW, -10 * DAY_MS),
    ...change,
  };
}

function input(change: Partial<PlannerInput> = {}): PlannerInput {
  return {
    now: NOW,
    spec: { names, keyType: 'ec256', issuers: ['letsencrypt'], challenges: ['http-01'] },
    source: 'added',
    issuance: issued(),
    renewal: {},
    failure: undefined,
    wish: 'none',
    ...change,
  };
}

const failure = {
  count: 2,
  lastError: { code: 'acme/timeout', message: 'no answer' },
  lastErrorAt: after(NOW, -HOUR_MS),
  retryAt: after(NOW, HOUR_MS),
} as const;

describe('decide', () => {
  it('waits for one third of life left when the CA suggests nothing', () => {
    const decision = decide(input());
    expect(decision).toMatchObject({
      action: 'wait',
      reason: 'valid',
      until: after(NOW, 50 * DAY_MS),
    });
  });

  it('waits for one half of life left when life is ten days or less', () => {
    const issuance = issued({ notBefore: NOW, notAfter: after(NOW, 6 * DAY_MS) });
    expect(decide(input({ issuance }))).toMatchObject({ until: after(NOW, 3 * DAY_MS) });
  });

  it('prefers the instant drawn from the window of the CA', () => {
    const renewAt = after(NOW, 20 * DAY_MS);
    expect(decide(input({ renewal: { renewAt } }))).toMatchObject({ until: renewAt });
    expect(decide(input({ now: renewAt, renewal: { renewAt } }))).toMatchObject({
      action: 'issue',
      reason: 'ari-window',
    });
  });

  it('does not follow the CA into the last tenth of life', () => {
    const renewal = { renewAt: after(NOW, 79 * DAY_MS) };
    expect(decide(input({ renewal }))).toMatchObject({ until: after(NOW, 71 * DAY_MS) });
  });

  it.each([
    ['missing', { issuance: undefined }],
    ['expired', { issuance: issued({ notAfter: NOW }) }],
    ['revoked', { issuance: issued({ revokedAt: NOW }) }],
    ['emergency', { now: after(NOW, 78.2 * DAY_MS) }],
    ['names-changed', { issuance: issued({ names: [parseName('b.example.com')] }) }],
    ['key-type-changed', { issuance: issued({ keyType: 'rsa2048' }) }],
    ['issuer-changed', { issuance: issued({ issuer: 'other' }) }],
    ['profile-changed', { spec: { ...input().spec, profile: 'shortlived' } }],
    ['lifetime', { now: after(NOW, 51 * DAY_MS) }],
    ['forced', { wish: 'replace' }],
  ] satisfies [string, Partial<PlannerInput>][])('issues when %s', (reason, change) => {
    expect(decide(input(change))).toMatchObject({ action: 'issue', reason });
  });

  it('leaves what was imported as it is until it is due or a person asks', () => {
    const issuance = issued({ issuer: 'imported' });
    expect(decide(input({ issuance }))).toMatchObject({ action: 'wait', reason: 'valid' });
    expect(decide(input({ issuance, wish: 'look' }))).toMatchObject({ reason: 'issuer-changed' });
    const now = after(NOW, 51 * DAY_MS);
    expect(decide(input({ issuance, now }))).toMatchObject({ action: 'issue', reason: 'lifetime' });
  });

  it('backs off after a failure until the recorded instant, whatever is wrong', () => {
    const decision = decide(input({ issuance: undefined, failure }));
    expect(decision).toMatchObject({
      action: 'wait',
      reason: 'backing-off',
      until: failure.retryAt,
    });
    expect(decide(input({ issuance: undefined, failure, now: failure.retryAt }))).toMatchObject({
      action: 'issue',
    });
  });

  it('tries every hour at most once expiry is near, however often it failed', () => {
    const now = after(NOW, 79 * DAY_MS);
    const often = { ...failure, count: 9, lastErrorAt: now, retryAt: after(now, DAY_MS) };
    const until = after(now, HOUR_MS);
    expect(decide(input({ now, failure: often }))).toMatchObject({ reason: 'backing-off', until });
    expect(decide(input({ now: until, failure: often }))).toMatchObject({ reason: 'emergency' });
  });

  it('looks again when the emergency begins although the back-off is longer', () => {
    const now = after(NOW, 78 * DAY_MS);
    const often = { ...failure, count: 9, lastErrorAt: now, retryAt: after(now, DAY_MS) };
    expect(decide(input({ now, failure: often }))).toMatchObject({
      until: after(NOW, 78.2 * DAY_MS),
    });
  });

  it('keeps the instant that the CA named although expiry is near', () => {
    const now = after(NOW, 79 * DAY_MS);
    const retryAt = after(now, 5 * HOUR_MS);
    const lastError = { ...failure.lastError, retryAt: retryAt.toISOString() };
    const limited = { ...failure, lastError, lastErrorAt: now, retryAt };
    expect(decide(input({ now, failure: limited }))).toMatchObject({ until: retryAt });
  });

  it('ignores a failure from before the clock was set back', () => {
    const ahead = { ...failure, lastErrorAt: after(NOW, DAY_MS), retryAt: after(NOW, 2 * DAY_MS) };
    const decision = decide(input({ issuance: undefined, failure: ahead }));
    expect(decision).toMatchObject({ action: 'issue', reason: 'missing' });
  });

  const odd: [string, Partial<PlannerInput>][] = [
    ['a window that is over', { renewal: { renewAt: after(NOW, -DAY_MS) } }],
    ['another profile', { spec: { ...input().spec, profile: 'shortlived' } }],
    ['dates of long ago', { issuance: issued({ issuedAt: NOW, notAfter: NOW }) }],
  ];
  it.each(odd)(
    'leaves a new certificate alone for an hour whatever the CA says: %s',
    (_, change) => {
      const issuance = { ...(change.issuance ?? issued()), issuedAt: NOW };
      const until = after(NOW, HOUR_MS);
      const at = (now: Date, wish: PlannerInput['wish'] = 'none') =>
        decide(input({ ...change, issuance, now, wish }));
      expect(at(NOW)).toMatchObject({ action: 'wait', reason: 'just-issued', until });
      expect(at(NOW, 'look')).toMatchObject({ action: 'issue' });
      expect(at(NOW, 'replace')).toMatchObject({ action: 'issue', reason: 'forced' });
      expect(at(until)).toMatchObject({ action: 'issue' });
    },
  );

  it('replaces at once what was revoked, or is wanted otherwise, right after its issuance', () => {
    const issuance = issued({ issuedAt: NOW });
    const revoked = { ...issuance, revokedAt: NOW };
    expect(decide(input({ issuance: revoked }))).toMatchObject({ reason: 'revoked' });
    const spec = { ...input().spec, keyType: 'ec384' } as const;
    expect(decide(input({ issuance, spec }))).toMatchObject({ reason: 'key-type-changed' });
  });

  it('leaves what is parked alone, also when DNS is to be looked at again', () => {
    const parked = { ...failure, parked: { since: NOW, message: 'app.example.com leads to x' } };
    const waiting = { action: 'wait', reason: 'parked', until: failure.retryAt };
    for (const now of [NOW, failure.retryAt]) {
      const given = input({ issuance: undefined, failure: parked, now });
      expect(decide(given)).toMatchObject(waiting);
    }
    const looking = input({ issuance: undefined, failure: parked, wish: 'look' });
    expect(decide(looking)).toMatchObject({ reason: 'missing' });
  });

  it('lets a person overrule the back-off, and still does only what is due', () => {
    expect(decide(input({ failure, wish: 'look' }))).toMatchObject({ reason: 'valid' });
    expect(decide(input({ issuance: undefined, failure, wish: 'look' }))).toMatchObject({
      reason: 'missing',
    });
    expect(decide(input({ failure, wish: 'replace' }))).toMatchObject({ reason: 'forced' });
  });

  it.each(['imported', 'released'] as const)('never renews what is %s', (source) => {
    const decision = decide(
      input({ source, issuance: issued({ notAfter: NOW }), wish: 'replace' }),
    );
    expect(decision).toMatchObject({ action: 'wait', reason: 'not-managed' });
    expect(decision).not.toHaveProperty('until');
  });
});
