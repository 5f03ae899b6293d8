import { expect, it } from 'vitest';
import type { ChallengeType } from '../../core/certificate-spec.ts';
import { parseName } from '../../core/names.ts';
import { delegationIsSet } from './delegation-check.ts';
import type { CertificateFacts, NameFacts } from './facts.ts';

const WANTED = { zone: 'v.example.net', credential: 'main', target: 'abc.v.example.net' };
const ABSENT =
  /^Let its owner set: _acme-challenge\.app\.customer\.example\. CNAME [a-z2-7]{32}\.v\.example\.net\./;

it.each<[string, Partial<NameFacts>, string, object[]]>([
  ['set', { delegation: WANTED.target }, 'main', [{ verdict: 'ok' }]],
  [
    'at the target of another name',
    { delegation: 'other.v.example.net' },
    'main',
    [{ verdict: 'failure', kind: 'input', mend: expect.stringMatching(ABSENT) }],
  ],
  [
    'elsewhere',
    { delegation: 'x.example.org' },
    'main',
    [{ verdict: 'ok', message: 'its challenge records are at x.example.org' }],
  ],
  ['missing', {}, 'main', [{ verdict: 'warning', mend: expect.stringMatching(ABSENT) }]],
  ['not needed', {}, 'own', []],
])('a delegation that is %s', (_title, found, dns, expected) => {
  for (const name of ['app.customer.example', '*.app.customer.example']) {
    expect(examine(name, ['dns-01'], dns, { ...found, wantedDelegation: WANTED })).toMatchObject(
      expected,
    );
  }
});

it('is nothing to ask of names that connections prove', () => {
  const found = examine('app.customer.example', ['http-01'], 'main', { wantedDelegation: WANTED });
  expect(found).toEqual([]);
});

function examine(
  name: string,
  challenges: readonly ChallengeType[],
  dns: string,
  found: Partial<NameFacts>,
) {
  const parsed = parseName(name);
  const facts: CertificateFacts = {
    now: new Date(),
    spec: { names: [parsed], keyType: 'ec256', issuers: ['letsencrypt'], challenges, dns },
    issuers: [],
    own: { addresses: new Set(), areComplete: true },
    names: [{ name: parsed, ...found }],
    probes: [],
  };
  return delegationIsSet(facts);
}
