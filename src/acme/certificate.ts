/**
 * Issued certificates: the chain that a CA hands out, and its other chains (RFC 8555 §7.4.2).
 *
 * @module
 */
import { REVOCATION_REASONS, type RevocationReason } from '../core/revocation-reason.ts';
import { linksOf } from './link-header.ts';
import { badAnswer } from './parse-answer.ts';
import { findUnreadable, pemCertificates } from './pem-certificates.ts';
import type { TransportResponse } from './transport.ts';

export const CHAIN_TYPE = 'application/pem-certificate-chain';
export const CHAIN_LIMIT_BYTES = 4_194_304;

const MOST_CERTIFICATES = 20;

export interface DownloadedChain {
  /** PEM, leaf first, and nothing but certificates. */
  readonly chain: string;
  /** Where the same certificate is with other chains; each can be downloaded like this one. */
  readonly alternateUrls: readonly string[];
}

/** The payload of revokeCert (RFC 8555 §7.6). */
export function revocationPayload(certificate: Uint8Array, reason?: RevocationReason): object {
  return {
    certificate: Buffer.from(certificate).toString('base64url'),
    reason: reason === undefined ? undefined : REVOCATION_REASONS[reason],
  };
}

/** @throws `acme/bad-response` unless it is PEM of certificates that can be read. */
export function parseChain(response: TransportResponse, attempted: string): DownloadedChain {
  const blocks = pemCertificates(response.body);
  if (blocks.length === 0) throw badAnswer(response, attempted, 'it holds no certificate in PEM');
  if (blocks.length > MOST_CERTIFICATES) {
    throw badAnswer(response, attempted, `it holds ${blocks.length} certificates`);
  }
  const unreadable = findUnreadable(blocks);
  if (unreadable !== undefined) {
    const reason = `certificate ${unreadable.position} cannot be read`;
    throw badAnswer(response, attempted, reason, unreadable.cause);
  }
  return {
    // RFC 8555 §11.4: what is not a certificate does not belong into a file for TLS servers.
    chain: blocks.join(''),
    alternateUrls: linksOf(response.headers['link'], 'alternate', response.url),
  };
}
