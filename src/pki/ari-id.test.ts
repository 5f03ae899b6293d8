import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ariCertificateId } from './ari-id.ts';
import { parseChain } from './chain.ts';
import { loadX509, signingKeysOf } from './x509.ts';

/** A certificate with the values of the example in RFC 9773 §4.1. */
async function certificateWith(serialNumber: string, authorityKeyId?: string): Promise<Uint8Array> {
  const x509 = await loadX509();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...signingKeysOf(privateKey),
    serialNumber,
    name: [{ CN: ['example'] }],
    extensions:
      authorityKeyId === undefined
        ? []
        : [new x509.AuthorityKeyIdentifierExtension(authorityKeyId)],
  });
  return new Uint8Array(certificate.rawData);
}

const AUTHORITY_KEY_ID = '69885b6b87464041e1b37b847ba0ae2cde01c8d4';

describe('ariCertificateId (RFC 9773 §4.1)', () => {
  it('gives the identifier of the example, whose serial begins with a zero octet', async () => {
    const der = await certificateWith('0087654321', AUTHORITY_KEY_ID);
    expect(Buffer.from(der).toString('hex')).toContain('02050087654321');
    expect(ariCertificateId(der)).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE');
  });

  it('is part of a parsed chain, beside the serial as OpenSSL prints it', async () => {
    const der = await certificateWith('0087654321', AUTHORITY_KEY_ID);
    const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
    expect(parseChain(pem)).toMatchObject({
      ariId: 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE',
      serial: '87654321',
    });
  });

  it('adds no zero octet to a serial without high bit', async () => {
    const der = await certificateWith('07654321', AUTHORITY_KEY_ID);
    expect(ariCertificateId(der)?.split('.')[1]).toBe(
      Buffer.from('07654321', 'hex').toString('base64url'),
    );
  });

  it('has none for a certificate that does not name its issuer key', async () => {
    expect(ariCertificateId(await certificateWith('01'))).toBeUndefined();
  });

  it('refuses every cut of a certificate, and what follows one', async () => {
    const der = await certificateWith('01', AUTHORITY_KEY_ID);
    for (let length = 0; length < der.length; length += 1) {
      expect(() => ariCertificateId(der.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'input/invalid' }),
      );
    }
  });
});
