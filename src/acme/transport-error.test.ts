import { describe, expect, it } from 'vitest';
import { isBrokenConnection, transportError } from './transport-error.ts';

function errorOf(code: string): ReturnType<typeof transportError> {
  const thrown = Object.assign(new Error('went wrong'), { code });
  return transportError(thrown, 'https://ca.example/directory', 'read its directory');
}

describe('transportError', () => {
  it.each([
    ['ECONNREFUSED', 'acme/unreachable'],
    ['ENOTFOUND', 'acme/unreachable'],
    ['ECERTAINLYNOT', 'acme/unreachable'],
    ['HPE_INVALID_CONSTANT', 'acme/bad-response'],
    ['CERT_HAS_EXPIRED', 'acme/untrusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'acme/untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'acme/untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'acme/untrusted'],
  ])('reads %s as %s', (code, expected) => {
    expect(errorOf(code).code).toBe(expected);
  });

  it('advises by the reason of the distrust', () => {
    expect(errorOf('CERT_NOT_YET_VALID').mend).toContain('clock');
    expect(errorOf('ERR_TLS_CERT_ALTNAME_INVALID').mend).toContain('host name');
    expect(errorOf('SELF_SIGNED_CERT_IN_CHAIN').mend).toContain('--ca-bundle');
  });

  it('names host and port also for the usual port', () => {
    expect(errorOf('ENOTFOUND').message).toBe(
      'cannot reach ca.example:443 to read its directory: the host name does not exist (ENOTFOUND)',
    );
  });

  it('tells broken connections from those that never were', () => {
    expect(isBrokenConnection(errorOf('ECONNRESET'))).toBe(true);
    expect(isBrokenConnection(errorOf('ECONNREFUSED'))).toBe(false);
    expect(isBrokenConnection(errorOf('CERT_HAS_EXPIRED'))).toBe(false);
  });
});
