import { describe, expect, it } from 'vitest';
import { destinationOf, ownAddresses } from './own-addresses.ts';

const OWN = ownAddresses(['127.0.0.1', '10.0.0.5', '2001:db8::5'], []);
const found = (...addresses: string[]) => ({ known: true, addresses }) as const;

describe('destinationOf', () => {
  it.each([
    ['here', ['10.0.0.5']],
    ['here', ['2001:0db8:0:0::0005', '127.0.0.1']],
    ['partly-here', ['10.0.0.5', '203.0.113.1']],
    ['elsewhere', ['203.0.113.1']],
    ['nowhere', []],
  ] as const)('says %s of %j', (leads, addresses) => {
    expect(destinationOf(found(...addresses), OWN)).toMatchObject({ leads });
  });

  it('counts the addresses that a router has for us', () => {
    const own = ownAddresses(['10.0.0.5'], ['203.0.113.1']);
    expect(destinationOf(found('203.0.113.1'), own)).toMatchObject({ leads: 'here' });
    expect(destinationOf(found('203.0.113.2'), own)).toMatchObject({ leads: 'elsewhere' });
  });

  it.each(['10.0.0.5', '192.168.1.2', '100.64.0.1', 'fd00::1', 'fe80::1'])(
    'does not say elsewhere while it knows no more of itself than %s',
    (address) => {
      const own = ownAddresses(['127.0.0.1', '::1', address], []);
      expect(destinationOf(found('203.0.113.1'), own)).toMatchObject({ leads: 'unknown' });
    },
  );

  it('tells silence from absence', () => {
    const silence = { known: false, reason: 'ETIMEOUT' } as const;
    expect(destinationOf(silence, OWN)).toEqual({ leads: 'unanswered', reason: 'ETIMEOUT' });
  });
});
