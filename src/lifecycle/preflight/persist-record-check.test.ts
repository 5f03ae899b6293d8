import { describe, expect, it } from 'vitest';
import { specFor } from '../../../test/support/lifecycle.ts';
import { DAY_MS, after } from '../../core/clock.ts';
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { parseName } from '../../core/names.ts';
import type { ServerTxt } from '../../dns/txt-at-servers.ts';
import type { IssuerFacts } from '../../issuers/issuer.ts';
import { examineCertificate } from './examine.ts';
import type { Finding } from './finding.ts';
import { ownAddresses } from './own-addresses.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const NAME = parseName('*.example.com');
const ACCOUNT = 'https://ca.example/acct/1';
const VALUE = `ca.example; accounturi=${ACCOUNT}; policy=wildcard`;
const SILENT: ServerTxt = { server: 'ns2', known: false, reason: 'ETIMEOUT' };

interface Scene {
  readonly persist?: readonly ServerTxt[];
  readonly facts?: Partial<IssuerFacts>;
  readonly challenges?: readonly ChallengeType[];
}

function find({ persist = [], facts = {}, challenges = ['dns-persist-01'] }: Scene): Finding[] {
  const known = { caaIdentities: ['ca.example'], accountUrl: ACCOUNT, ...facts };
  const found = examineCertificate({
    now: NOW,
    spec: { ...specFor([NAME]), challenges },
    issuers: [{ name: 'ca', facts: known }],
    own: ownAddresses(['127.0.0.1'], ['192.0.2.1']),
    names: [{ name: NAME, persist, delegation: 'elsewhere.example.net' }],
    probes: [],
  });
  return found.filter(({ check }) => check === 'persist-record' || check === 'delegation');
}

function has(...texts: string[]): ServerTxt {
  return { server: 'ns1', known: true, texts };
}

describe('the record for dns-persist-01', () => {
  it('is sound where all servers that answer have it', () => {
    expect(find({ persist: [has(VALUE), SILENT] })).toMatchObject([{ verdict: 'ok' }]);
  });

  it('is printed where it is missing', () => {
    expect(find({ persist: [has()] })).toEqual([
      {
        check: 'persist-record',
        subject: '*.example.com',
        verdict: 'failure',
        kind: 'input',
        message: '_validation-persist.example.com has no TXT record, says ns1',
        mend: `Set: _validation-persist.example.com TXT "${VALUE}"`,
      },
    ]);
  });

  it('is no more than a warning while there is another way', () => {
    const found = find({ persist: [has()], challenges: ['dns-persist-01', 'dns-01'] });
    expect(found).toMatchObject([{ check: 'delegation' }, { verdict: 'warning' }]);
  });

  it('is the fault of DNS where nobody answers', () => {
    const fault = { verdict: 'failure', kind: 'service' };
    expect(find({ persist: [SILENT] })).toMatchObject([fault]);
  });

  it('is warned of before it ends', () => {
    const until = (days: number): ServerTxt =>
      has(`${VALUE}; persistUntil=${after(NOW, days * DAY_MS).getTime() / 1_000}`);
    expect(find({ persist: [until(31)] })).toMatchObject([{ verdict: 'ok' }]);
    expect(find({ persist: [until(29)] })).toMatchObject([
      { verdict: 'warning', mend: expect.stringContaining("dns persist '*.example.com'") },
    ]);
  });

  it('cannot be told where the CA does not say its domain', () => {
    const found = find({ persist: [has(VALUE)], facts: { caaIdentities: [] } });
    expect(found).toMatchObject([{ verdict: 'warning' }]);
  });
});
