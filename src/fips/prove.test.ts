import { describe, expect, it } from 'vitest';
import { proveFips } from './prove.ts';

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
