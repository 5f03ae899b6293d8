/**
 * The roots by which a client verifies its ACME server.
 *
 * @module
 */
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { AppError } from '../core/errors.ts';
import { findUnreadable, pemCertificates } from './pem-certificates.ts';

/**
 * The default roots and those of `caBundle`; built once, because OpenSSL parses every root anew.
 *
 * @throws `input/invalid` when the bundle holds no certificate: Node would ignore it silently.
 */
export function trustWith(caBundle: string): SecureContext {
  const own = pemCertificates(caBundle);
  if (own.length === 0) throw unusable('it holds no certificate in PEM');
  const unreadable = findUnreadable(own);
  if (unreadable !== undefined) {
    throw unusable(`certificate ${unreadable.position} cannot be read`, unreadable.cause);
  }
  return createSecureContext({ ca: [...getCACertificates('default'), ...own] });
}

function unusable(reason: string, cause?: unknown): AppError {
  return new AppError('input/invalid', `the CA bundle cannot be used: ${reason}`, {
    cause,
    mend: 'Give a PEM file with the root certificate that signed the certificate of the ACME server.',
  });
}
