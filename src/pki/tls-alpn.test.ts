import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { parseName } from '../core/names.ts';
import { createTlsAlpnCertificate } from './tls-alpn.ts';

const KEY_AUTHORIZATION = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA.thumbprint';

describe('createTlsAlpnCertificate (RFC 8737 §3)', () => {
  it.each([
    ['app.example.com', 'DNS:app.example.com'],
    ['192.0.2.7', 'IP Address:192.0.2.7'],
    ['2001:db8::7', 'IP Address:2001:DB8:0:0:0:0:0:7'],
  ])('names %s and nothing else', async (name, subjectAltName) => {
    const { certificatePem } = await createTlsAlpnCertificate(parseName(name), KEY_AUTHORIZATION);
    expect(new X509Certificate(certificatePem).subjectAltName).toBe(subjectAltName);
  });

  it('carries the digest of the key authorization in a critical acmeIdentifier', async () => {
    const { certificatePem } = await createTlsAlpnCertificate(
      parseName('app.example.com'),
      KEY_AUTHORIZATION,
    );
    const digest = createHash('sha256').update(KEY_AUTHORIZATION).digest('hex').toUpperCase();
    const structure = execFileSync('openssl', ['asn1parse'], {
      input: certificatePem,
      encoding: 'utf8',
    });
    expect(structure).toMatch(
      new RegExp(
        `OBJECT +:1\\.3\\.6\\.1\\.5\\.5\\.7\\.1\\.31\\n.*BOOLEAN +:255\\n.*OCTET STRING +\\[HEX DUMP\\]:0420${digest}`,
      ),
    );
  });

  it('is signed by its own key, valid at the given instant, and loadable', async () => {
    const now = new Date('2030-01-01T00:00:00Z');
    const answer = await createTlsAlpnCertificate(
      parseName('app.example.com'),
      KEY_AUTHORIZATION,
      now,
    );
    const certificate = new X509Certificate(answer.certificatePem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(answer.privateKeyPem))).toBe(true);
    expect(certificate.validFromDate < now && now < certificate.validToDate).toBe(true);
    createSecureContext({ cert: answer.certificatePem, key: answer.privateKeyPem });
  });
});
