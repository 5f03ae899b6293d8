import { describe, expect, it } from 'vitest';
import {
  findModulePath,
  formatOpensslConfig,
  isPlainPath,
  parseProviderParameters,
} from './openssl-config.ts';

const MODULE = '/usr/lib/ossl-modules/fips.so';
const MAC = 'AB:CD:01';

describe('formatOpensslConfig', () => {
  it('is read back as it was written', () => {
    const text = formatOpensslConfig(MODULE, { 'module-mac': MAC, 'install-version': '1' });
    expect(findModulePath(text)).toBe(MODULE);
    expect(parseProviderParameters(text)).toMatchObject({
      activate: '1',
      'module-mac': MAC,
      'install-version': '1',
    });
  });

  it('demands the extended master secret and key sizes whatever the operator turned off', () => {
    const text = formatOpensslConfig(MODULE, {
      'module-mac': MAC,
      'tls1-prf-ems-check': '0',
      'security-checks': '0',
      activate: '0',
    });
    expect(parseProviderParameters(text)).toMatchObject({
      'tls1-prf-ems-check': '1',
      'security-checks': '1',
      activate: '1',
    });
  });

  it('leaves the choice of stricter checks to the operator', () => {
    const given = { 'module-mac': MAC, 'no-short-mac': '0' };
    expect(parseProviderParameters(formatOpensslConfig(MODULE, given))).toMatchObject(given);
  });
});

describe('parseProviderParameters', () => {
  it('reads what openssl fipsinstall writes', () => {
    const text = `[fips_sect]\nactivate = 1\nsecurity-checks = 1 # as usual\r\nmodule-mac = ${MAC}\n`;
    expect(parseProviderParameters(text)).toEqual({
      activate: '1',
      'security-checks': '1',
      'module-mac': MAC,
    });
  });

  it('leaves the path of the module and other sections aside', () => {
    const text = `[other]\nx = $ENV::HOME\n[fips_sect]\nmodule = /a b/fips.so\nmodule-mac = ${MAC}`;
    expect(parseProviderParameters(text)).toEqual({ 'module-mac': MAC });
  });

  it.each([
    ['', 'it has no module-mac in a section fips_sect'],
    ['[fips_sect]\nactivate = 1', 'it has no module-mac in a section fips_sect'],
    [`[other]\nmodule-mac = ${MAC}`, 'it has no module-mac in a section fips_sect'],
    ['[fips_sect]\n.include /etc/passwd', 'line 2 is not a parameter of a provider'],
    [`[fips_sect]\nmodule-mac = ${MAC} $x`, 'line 2 is not a parameter of a provider'],
    ['[fips_sect]\n\nactivate', 'line 3 is not a parameter of a provider'],
  ])('says what is wrong with %j', (text, message) => {
    expect(parseProviderParameters(text)).toBe(message);
  });
});

describe('isPlainPath', () => {
  it.each(['/usr/lib64/fips.so', '/opt/a-b/c_d+1~2@3/f.so'])('takes %s', (path) => {
    expect(isPlainPath(path)).toBe(true);
  });

  it.each(['fips.so', '/a b/fips.so', '/a/$x/fips.so', '/a/\nb', '/a/#b', '/a/"b'])(
    'refuses %j',
    (path) => {
      expect(isPlainPath(path)).toBe(false);
    },
  );
});
