import { describe, expect, it } from 'vitest';
import { findValidation } from './validations.ts';

describe('findValidation', () => {
  it('knows the version of the FIPS 140-3 certificate, and no other one of that series', () => {
    expect(findValidation('3.1.2')).toMatchObject({
      standard: 'FIPS 140-3',
      certificates: ['#4985'],
    });
    expect(findValidation('3.1.3')).toBeUndefined();
  });

  it('says that certificates of FIPS 140-2 are historical', () => {
    const found = findValidation('3.0.9');
    expect(found).toMatchObject({ standard: 'FIPS 140-2', certificates: ['#4282', '#4811'] });
    expect(found?.remark).toContain('historical');
  });

  it.each(['3.5.7', '3.1.2-1~deb12u1', '3.0.7-395c1a240fbfffd8', '3.0.9+x', undefined])(
    'claims nothing for %s',
    (version) => {
      expect(findValidation(version)).toBeUndefined();
    },
  );
});
