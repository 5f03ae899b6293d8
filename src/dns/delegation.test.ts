import { describe, expect, it } from 'vitest';
import { delegationRecord, delegationText, isInZone } from './delegation.ts';

describe('delegationRecord', () => {
  it('gives a name the target that follows from it alone', () => {
    // printf app.customer.example | openssl dgst -sha256 -binary | head -c 20 | basenc --base32
    expect(delegationRecord('app.customer.example', 'validate.example.net')).toEqual({
      name: '_acme-challenge.app.customer.example',
      type: 'CNAME',
      value: 'lmad7zczgs4y6ngxljhl4msevppt2x7f.validate.example.net',
    });
  });

  it('fits a label for the longest name', () => {
    const { value } = delegationRecord(`${'a.'.repeat(110)}example.com`, 'v.example.net');
    expect(value.split('.')[0]).toMatch(/^[a-z2-7]{32}$/);
  });

  it('is written as a zone file has it', () => {
    expect(delegationText('a.example', 'v.example')).toMatch(
      /^_acme-challenge\.a\.example\. CNAME [a-z2-7]{32}\.v\.example\.$/,
    );
  });
});

it.each([
  ['validate.example.net', true],
  ['x.validate.example.net', true],
  ['invalidate.example.net', false],
  ['example.net', false],
])('%s is in the zone: %s', (name, expected) => {
  expect(isInZone(name, 'validate.example.net')).toBe(expected);
});
