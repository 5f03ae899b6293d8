/**
 * The certificate that answers a tls-alpn-01 challenge (RFC 8737 §3).
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { after, DAY_MS } from '../core/clock.ts';
import type { Name } from '../core/names.ts';
import { generatePrivateKey, privateKeyToPem } from './keys.ts';
import { generalNames, loadX509, signingKeysOf } from './x509.ts';

export interface TlsAlpnCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Signed by its own key, which is made for this one answer. */
export async function createTlsAlpnCertificate(
  name: Name,
  keyAuthorization: string,
  now = new Date(),
): Promise<TlsAlpnCertificate> {
  const x509 = await loadX509();
  const privateKey = await generatePrivateKey('ec256');
  const digest = createHash('sha256').update(keyAuthorization).digest();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...signingKeysOf(privateKey),
    name: [{ CN: ['ACME challenge'] }],
    notBefore: after(now, -DAY_MS),
    notAfter: after(now, DAY_MS),
    extensions: [
      new x509.SubjectAlternativeNameExtension(generalNames([name])),
      new x509.Extension(ACME_IDENTIFIER, true, Buffer.concat([OCTET_STRING_OF_32, digest])),
    ],
  });
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    privateKeyPem: privateKeyToPem(privateKey),
  };
}

/** id-pe-acmeIdentifier. */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';

/** DER tag and length before the digest. */
const OCTET_STRING_OF_32 = Uint8Array.of(0x04, 32);
