import { describe, expect, it } from 'vitest';
import { specFor } from '../../../test/support/lifecycle.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { parseName } from '../../core/names.ts';
import { newCertificate } from '../issue.ts';
import { examineCertificate, examineMachine, withoutRepetitions, worstKind } from './examine.ts';
import type { CertificateFacts, IssuerState, MachineFacts, NameFacts } from './facts.ts';
import { ownAddresses } from './own-addresses.ts';
import type { IssuanceRecord } from '../../store/records.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const APP = parseName('app.example.com');
const CA: IssuerState = {
  name: 'ca',
  facts: { caaIdentities: ['ca.example'], accountUrl: 'https://ca.example/1', clockAheadMs: 0 },
};

function facts(change: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    now: NOW,
    spec: specFor(['app.example.com']),
    issuers: [CA],
    own: ownAddresses(['127.0.0.1'], ['192.0.2.1']),
    names: [named()],
    probes: [],
    ...change,
  };
}

function named(change: Partial<NameFacts> = {}): NameFacts {
  return {
    name: APP,
    addresses: { known: true, addresses: ['192.0.2.1'] },
    caa: { known: true, records: [] },
    ...change,
  };
}

function issued(change: Partial<IssuanceRecord> = {}): NonNullable<CertificateFacts['state']> {
  const { id } = newCertificate(NOW, specFor(['app.example.com']), 'added');
  const issuance: IssuanceRecord = {
    id: 'i1',
    certificateId: id,
    issuer: 'ca',
    names: [APP],
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
  return { issuance, failure: undefined };
}

const refusing = {
  known: true,
  records: [{ isCritical: false, tag: 'issue', value: ';' }],
} as const;
const silent = { known: false, domain: 'example.com', reason: 'ESERVFAIL' } as const;
const attempts = {
  count: 3,
  lastError: { code: 'acme/timeout', message: 'no answer', mend: 'Wait.' },
  lastErrorAt: NOW,
  retryAt: NOW,
} as const;

describe('examineCertificate', () => {
  it('finds nothing wrong where nothing is', () => {
    const probes = [{ name: APP, type: 'http-01', address: '192.0.2.1' }] as const;
    const findings = examineCertificate(facts({ state: issued(), probes }));
    expect(findings.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
      'request ok',
      'issuer ok',
      'clock ok',
      'points-here ok',
      'port ok',
      'caa ok',
      'certificate ok',
    ]);
  });

  const fault = { message: 'port 80 answers with 404' };
  it.each<[string, Partial<CertificateFacts>, object]>([
    [
      'what can never be issued',
      { issuers: [{ name: 'ca', objection: new AppError('name/wildcard-needs-dns', 'no') }] },
      { check: 'request', kind: 'input' },
    ],
    [
      'a credential that is not there',
      { issuers: [{ name: 'ca', objection: new AppError('dns/unknown-credential', 'no') }] },
      { check: 'request', kind: 'configuration' },
    ],
    [
      'a CA without answer',
      { issuers: [{ name: 'ca', silence: new AppError('acme/unreachable', 'no') }] },
      { check: 'issuer', kind: 'service' },
    ],
    [
      'a wrong clock',
      { issuers: [{ name: 'ca', facts: { caaIdentities: [], clockAheadMs: 6 * MINUTE_MS } }] },
      {
        check: 'clock',
        kind: 'configuration',
        message: expect.stringContaining('6 minutes behind'),
      },
    ],
    [
      'a name that leads elsewhere',
      { names: [named({ addresses: { known: true, addresses: ['203.0.113.9'] } })] },
      { check: 'points-here', kind: 'input' },
    ],
    [
      'a name without address',
      { names: [named({ addresses: { known: true, addresses: [] } })] },
      { check: 'points-here', kind: 'input' },
    ],
    [
      'a name whose addresses nobody tells',
      { names: [named({ addresses: { known: false, reason: 'ETIMEOUT' } })] },
      { check: 'points-here', kind: 'service' },
    ],
    [
      'an address of ours that does not answer',
      { probes: [{ name: APP, type: 'http-01', address: '192.0.2.1', fault }] },
      { check: 'port', kind: 'service' },
    ],
    [
      'a port that cannot be opened',
      { probes: [{ name: APP, type: 'http-01', fault }] },
      { check: 'port', kind: 'configuration' },
    ],
    ['records that forbid', { names: [named({ caa: refusing })] }, { check: 'caa', kind: 'input' }],
    [
      'records nobody tells',
      { names: [named({ caa: silent })] },
      { check: 'caa', kind: 'service' },
    ],
    [
      'a revoked certificate',
      { state: issued({ revokedAt: NOW }) },
      { check: 'certificate', kind: 'service' },
    ],
    [
      'an expired certificate',
      { state: issued({ notAfter: NOW }) },
      { check: 'certificate', kind: 'service' },
    ],
  ])('fails for %s', (_, change, expected) => {
    const failures = examineCertificate(facts(change)).filter(({ kind }) => kind !== undefined);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ verdict: 'failure', ...expected });
  });

  it.each<[string, Partial<CertificateFacts>, string]>([
    ['an address that may be ours', { own: ownAddresses(['10.0.0.5'], []) }, 'points-here'],
    [
      'one address of several',
      { names: [named({ addresses: { known: true, addresses: ['192.0.2.1', '203.0.113.9'] } })] },
      'points-here',
    ],
    [
      "a router's address that does not lead back",
      { probes: [{ name: APP, type: 'http-01', address: '203.0.113.9', fault }] },
      'port',
    ],
    ['no certificate', { state: { issuance: undefined, failure: undefined } }, 'certificate'],
    ['little time left', { state: issued({ notAfter: after(NOW, HOUR_MS) }) }, 'certificate'],
    [
      'failed attempts',
      { state: { issuance: issued().issuance, failure: attempts } },
      'certificate',
    ],
  ])('warns of %s', (_, change, check) => {
    const found = examineCertificate(facts(change)).filter(({ verdict }) => verdict !== 'ok');
    expect(found).toMatchObject([{ check, verdict: 'warning' }]);
  });

  it('does not ask where a name leads that DNS proves, and names the delegation', () => {
    const spec = specFor(['app.example.com'], { challenges: ['dns-01'] });
    const names = [
      named({ addresses: { known: true, addresses: [] }, delegation: 'a.challenges.example' }),
    ];
    const findings = examineCertificate(facts({ spec, names }));
    expect(findings.map(({ check }) => check)).not.toContain('points-here');
    expect(findings).toContainEqual(
      expect.objectContaining({ message: 'its challenge records are at a.challenges.example' }),
    );
  });
});

describe('examineMachine', () => {
  const machine: MachineFacts = {
    dataDir: { path: '/data', found: { mode: 0o40700, freeBytes: 2 ** 40 } },
    databaseFaults: [],
    hasDaemon: true,
  };

  it.each<[string, Partial<MachineFacts>, string]>([
    ['a sound one', {}, ''],
    ['no directory yet', { dataDir: { path: '/data' } }, 'data-directory warning'],
    ['no daemon', { hasDaemon: false }, 'daemon warning'],
    [
      'a directory that others can write to',
      { dataDir: { path: '/data', found: { mode: 0o40770, freeBytes: 2 ** 40 } } },
      'data-directory failure',
    ],
    [
      'a directory that others can read',
      { dataDir: { path: '/data', found: { mode: 0o40755, freeBytes: 2 ** 40 } } },
      'data-directory warning',
    ],
    [
      'a disk that is nearly full',
      { dataDir: { path: '/data', found: { mode: 0o40700, freeBytes: 2 ** 27 } } },
      'free-space warning',
    ],
    [
      'a full disk',
      { dataDir: { path: '/data', found: { mode: 0o40700, freeBytes: 0 } } },
      'free-space failure',
    ],
    ['a damaged database', { databaseFaults: ['page 3 is wrong'] }, 'database failure'],
    [
      'a key that is gone',
      { openFault: new AppError('keyring/mismatch', 'gone') },
      'keyring failure',
    ],
  ])('judges %s', (_, change, expected) => {
    const found = examineMachine({ ...machine, ...change }).filter(
      ({ verdict }) => verdict !== 'ok',
    );
    expect(found.map(({ check, verdict }) => `${check} ${verdict}`).join()).toBe(expected);
  });
});

describe('worstKind', () => {
  it('puts the set-up before services, and services before what is asked', () => {
    const all = examineCertificate(
      facts({ names: [named({ caa: refusing, addresses: { known: false, reason: 'x' } })] }),
    );
    expect(worstKind(all)).toBe('service');
    expect(worstKind(all.filter(({ kind }) => kind !== 'service'))).toBe('input');
    expect(worstKind(all.filter(({ verdict }) => verdict === 'ok'))).toBeUndefined();
  });
});

it('says once what several certificates share', () => {
  const findings = examineCertificate(facts());
  expect(withoutRepetitions([...findings, ...examineCertificate(facts())])).toEqual(findings);
});
