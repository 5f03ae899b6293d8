import { describe, expect, it } from 'vitest';
import { parseName } from '../../core/names.ts';
import { type CaaQuestion, judgeCaa } from './caa-policy.ts';

const ACCOUNT = 'https://ca.example/acct/1';
const QUESTION: CaaQuestion = {
  name: parseName('app.example.com'),
  identities: ['ca.example', 'other.ca.example'],
  accountUrl: ACCOUNT,
  methods: ['http-01', 'dns-01'],
};
const WILDCARD = { ...QUESTION, name: parseName('*.example.com') };

function records(...texts: string[]) {
  return {
    known: true as const,
    domain: 'example.com',
    records: texts.map((text) => {
      const [, flags, tag = '', value = ''] = /^(\d+) (\S+) (.*)$/.exec(text) ?? [];
      return { isCritical: flags !== '0', tag, value };
    }),
  };
}

describe('judgeCaa', () => {
  it.each([
    ['no records', []],
    ['other properties only', ['0 iodef mailto:a@example.com', '0 contactemail a@example.com']],
    ['the CA', ['0 issue ca.example']],
    ['the CA in capitals', ['0 issue CA.Example']],
    ['the CA by its other name', ['0 issue nobody.example', '0 issue other.ca.example']],
    ['a trailing semicolon', ['0 issue ca.example ; ']],
    ['the account', [`0 issue ca.example; accounturi=${ACCOUNT}`]],
    ['one of the methods', ['0 issue ca.example;validationmethods=dns-01,x-99']],
    ['unknown parameters', ['0 issue ca.example; policy=ev']],
    ['a critical tag that is known', ['128 issue ca.example']],
    ['wildcards only', ['0 issuewild nobody.example']],
  ])('allows with %s', (_, texts) => {
    expect(judgeCaa(records(...texts), QUESTION)).toMatchObject({ outcome: 'allowed' });
  });

  it.each([
    ['another CA', ['0 issue nobody.example'], /"issue nobody.example", not ca.example/],
    ['nobody at all', ['0 issue ;'], /allow "issue ;"/],
    ['an empty value', ['0 issue '], /not ca.example/],
    ['a subdomain of the CA', ['0 issue sub.ca.example'], /not ca.example/],
    ['a critical tag that is unknown', ['0 issue ca.example', '128 future x'], /critical/],
    ['another account', ['0 issue ca.example; accounturi=https://x'], /other accounts/],
    ['no method of ours', ['0 issue ca.example; validationmethods=tls-alpn-01'], /http-01 or dns/],
    ['parameters that make no sense', ['0 issue ca.example; what is this'], /not ca.example/],
    ['a parameter twice', ['0 issue ca.example; a=1; A=2'], /not ca.example/],
    [
      'the account in one record and the method in another',
      [
        '0 issue ca.example; accounturi=https://x; validationmethods=http-01',
        `0 issue ca.example; accounturi=${ACCOUNT}; validationmethods=tls-alpn-01`,
      ],
      /do not allow http-01/,
    ],
  ])('refuses with %s', (_, texts, why) => {
    expect(judgeCaa(records(...texts), QUESTION)).toMatchObject({
      outcome: 'refused',
      why: expect.stringMatching(why),
    });
  });

  it('judges wildcards by issuewild, and by issue only where there is none', () => {
    const issue = '0 issue nobody.example';
    expect(judgeCaa(records(issue), WILDCARD)).toMatchObject({ outcome: 'refused' });
    expect(judgeCaa(records(issue, '0 issuewild ca.example'), WILDCARD)).toMatchObject({
      outcome: 'allowed',
    });
    const refusing = records('0 issue ca.example', '0 issuewild ;');
    expect(judgeCaa(refusing, WILDCARD)).toMatchObject({ outcome: 'refused' });
    expect(judgeCaa(refusing, QUESTION)).toMatchObject({ outcome: 'allowed' });
  });

  it('says which methods are left', () => {
    const lookup = records('0 issue ca.example; validationmethods=dns-01');
    expect(judgeCaa(lookup, QUESTION)).toMatchObject({ methods: ['dns-01'] });
  });

  it('does not guess', () => {
    const silent = { known: false, domain: 'example.com', reason: 'ESERVFAIL' } as const;
    expect(judgeCaa(silent, QUESTION)).toMatchObject({ outcome: 'unanswered' });
    expect(judgeCaa(records('0 issue ca.example'), { ...QUESTION, identities: [] })).toMatchObject({
      outcome: 'unknown',
    });
    const bound = records('0 issue ca.example; accounturi=https://x');
    expect(judgeCaa(bound, { ...QUESTION, accountUrl: undefined })).toMatchObject({
      outcome: 'unknown',
    });
  });

  it('shows no control characters of strangers', () => {
    const judgement = judgeCaa(records('0 issue \u001B[31mred'), QUESTION);
    expect(judgement.why).toContain('"issue ?[31mred"');
  });
});
