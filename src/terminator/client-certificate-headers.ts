/**
 * What upstreams are told of a client's certificate, in headers that clients cannot set.
 *
 * @module
 */
import type { ClientCertificate } from './client-certificate.ts';

/** With the underscores that some upstreams take for hyphens replaced. */
export function isClientCertificateHeader(name: string): boolean {
  return name === 'client-cert' || name === 'client-cert-chain' || name.startsWith(OWN);
}

/** Names and values in turn; none when the client showed no certificate. */
export function clientCertificateHeaders(
  certificate: ClientCertificate | undefined,
): readonly string[] {
  if (certificate === undefined) return [];
  const known = HEADERS.get(certificate);
  if (known !== undefined) return known;
  const { subject, sans, fingerprint256, serial, isVerified, der } = certificate;
  const headers = [
    // RFC 9440 §2.2, a byte sequence of RFC 8941.
    'client-cert',
    `:${Buffer.from(der).toString('base64')}:`,
    `${OWN}verified`,
    isVerified ? 'success' : 'failed',
    `${OWN}subject`,
    subject,
    `${OWN}sans`,
    sans.join(', '),
    `${OWN}fingerprint`,
    fingerprint256,
    `${OWN}serial`,
    serial,
  ];
  HEADERS.set(certificate, headers);
  return headers;
}

const OWN = 'x-client-cert-';

/** Made once a connection, not once a request. */
const HEADERS = new WeakMap<ClientCertificate, readonly string[]>();
