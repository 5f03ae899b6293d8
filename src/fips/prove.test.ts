import { describe, expect, it } from 'vitest';
import { hasGroup, proveFips } from './prove.ts';

describe('proveFips', () => {
  it('refuses a process without a FIPS provider, with each fault', async () => {
    await expect(proveFips()).rejects.toMatchObject({
      code: 'fips/unavailable',
      context: {
        faults: ['the process does not ask for approved algorithms only', 'MD5 is not refused'],
      },
    });
  });
});

describe('hasGroup', () => {
  it('knows the groups of this process', () => {
    expect(hasGroup('prime256v1')).toBe(true);
    expect(hasGroup('no-such-group')).toBe(false);
    expect(hasGroup('?no-such-group')).toBe(true);
  });
});
