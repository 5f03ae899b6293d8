import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import {
  judgePersistRecords,
  judgePersistServers,
  type PersistQuestion,
  persistRecordText,
} from './persist-record.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const AHEAD = new Date('2027-01-01T00:00:00Z');
const ACCOUNT = 'https://ca.example/acct/1';
const QUESTION: PersistQuestion = {
  name: parseName('example.com'),
  issuerDomainNames: ['authority.example', 'ca.example'],
  accountUrl: ACCOUNT,
};
const WILDCARD = { ...QUESTION, name: parseName('*.example.com') };
const GOOD = `authority.example; accounturi=${ACCOUNT}`;
const RECORD = '_validation-persist.example.com';

describe('the record to set', () => {
  it.each([
    ['a name', QUESTION, undefined, GOOD],
    ['a wildcard', WILDCARD, undefined, `${GOOD}; policy=wildcard`],
    ['a time', QUESTION, AHEAD, `${GOOD}; persistUntil=1798761600`],
  ])('for %s is one that is accepted', (_, question, until, value) => {
    expect(persistRecordText(question, until)).toBe(`${RECORD} TXT "${value}"`);
    expect(judgePersistRecords([value], question, NOW)).toMatchObject({ state: 'accepted' });
  });
});

describe('judgePersistRecords', () => {
  it.each([
    ['capitals and spaces', `Authority.EXAMPLE ;\tAccountURI = ${ACCOUNT}`],
    ['the final dot', `authority.example.; accounturi=${ACCOUNT}`],
    ['the other domain of the CA', `ca.example;accounturi=${ACCOUNT}`],
    ['a policy that nobody knows', `${GOOD}; policy=everything`],
    ['a parameter that nobody knows', `${GOOD}; x-future=1`],
    ['a time to come', `${GOOD}; persistUntil=1798761600`],
    ['more than is needed', `${GOOD}; policy=wildcard`],
  ])('accepts %s', (_, text) => {
    expect(judgePersistRecords([text], QUESTION, NOW)).toMatchObject({ state: 'accepted' });
  });

  it.each([
    ['no record', [], /^has no TXT record$/],
    ['another CA', [`other.example; accounturi=${ACCOUNT}`], /^names the CA other\.example, not/],
    [
      'another account',
      ['ca.example; accounturi=https://ca.example/2'],
      /^names the account .*\/2,/,
    ],
    [
      'a URL that differs in case',
      [`ca.example; accounturi=${ACCOUNT.replace('acct', 'Acct')}`],
      /^names the account/,
    ],
    ['no account', ['ca.example'], /^names no account, not https/],
    ['a semicolon at the end', [`${GOOD}; `], /^has a record that CAs cannot read/],
    ['a tag twice', [`${GOOD}; accounturi=${ACCOUNT}`], /^has a record that CAs cannot read/],
    [
      'a time that is over',
      [`${GOOD}; persistUntil=1763812799`],
      /^was good until 2025-11-22T11:59:59/,
    ],
    ['no time at all', [`${GOOD}; persistUntil=soon`], /no time: soon$/],
    ['what the shell may have left', ['ca.example; "\u001b[31m'], /: "ca\.example; "\?\[31m"$/],
    [
      'the nearest of several',
      ['v=spf1 -all', 'ca.example', `${GOOD}; persistUntil=1`, 'x; y'],
      /^was good until 1970/,
    ],
  ])('misses it in %s', (_, texts, why) => {
    const judgement = judgePersistRecords(texts, QUESTION, NOW);
    expect(judgement).toEqual({
      state: 'lacking',
      why: expect.stringMatching(why),
    });
  });

  it('wants the policy for wildcards', () => {
    expect(judgePersistRecords([GOOD], WILDCARD, NOW)).toMatchObject({
      state: 'lacking',
      why: 'does not allow *.example.com: it lacks policy=wildcard',
    });
    expect(judgePersistRecords([`${GOOD}; POLICY=Wildcard`], WILDCARD, NOW)).toMatchObject({
      state: 'accepted',
    });
  });

  it('goes by the record that lasts longest', () => {
    const [short, long] = [`${GOOD}; persistUntil=1798761600`, `${GOOD}; persistUntil=1798761601`];
    expect(judgePersistRecords(['other', long, short], QUESTION, NOW)).toEqual({
      state: 'accepted',
      until: new Date(1_798_761_601_000),
    });
    expect(judgePersistRecords([long, GOOD, short], QUESTION, NOW)).toEqual({ state: 'accepted' });
  });
});

it('tells servers with the record from those without and those that are silent', () => {
  const look = judgePersistServers(
    [
      { server: 'a', known: true, texts: [`${GOOD}; persistUntil=1798761600`] },
      { server: 'b', known: true, texts: [] },
      { server: 'c', known: false, reason: 'ETIMEOUT' },
    ],
    QUESTION,
    NOW,
  );
  expect(look).toEqual({
    accepting: 1,
    until: AHEAD,
    lacking: [`${RECORD} has no TXT record, says b`],
    silent: [`c does not answer for ${RECORD} (ETIMEOUT)`],
  });
});
