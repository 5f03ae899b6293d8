/**
 * The keys of a TLS policy, wherever it stands in the file.
 *
 * @module
 */
import { z } from 'zod';
import { ALPN_MISMATCHES, CERTIFICATE_COMPRESSIONS, CIPHER_ORDERS } from '../feed/feed.ts';
import { CLIENT_CERTIFICATE_MODES } from '../feed/feed.ts';
import { TLS_PRESET_NAMES } from '../feed/tls-presets.ts';
import { endpointFips } from './fips-schema.ts';
import { oneOrMore, text, tlsVersion } from './file-leaves.ts';

const clientCertificates = z.strictObject({
  mode: z
    .enum(['none', ...CLIENT_CERTIFICATE_MODES])
    .describe('request: ask; require: any certificate; verify: one of the authorities; none.'),
  caBundle: text()
    .optional()
    .describe('PEM file with the authorities that sign client certificates.'),
  crl: text().optional().describe('PEM file with the revocation lists of all these authorities.'),
});

export const policyKeys = {
  preset: z
    .enum(TLS_PRESET_NAMES)
    .optional()
    .describe('Versions, ciphers and groups to start from; intermediate is the default.'),
  minVersion: tlsVersion().optional().describe('The oldest TLS version to accept.'),
  maxVersion: tlsVersion().optional().describe('The newest TLS version to offer.'),
  ciphers: z
    .array(text(64))
    .min(1)
    .max(64)
    .optional()
    .describe('Cipher suites in the order of preference, by the names of OpenSSL.'),
  cipherOrder: z
    .enum(CIPHER_ORDERS)
    .optional()
    .describe('Whose order counts; a client that puts ChaCha20 first gets it either way.'),
  groups: z
    .array(text(64))
    .min(1)
    .max(32)
    .optional()
    .describe('Key exchange groups in the order of preference.'),
  alpn: z
    .array(text(255))
    .max(16)
    .optional()
    .describe('Application protocols in the order of preference.'),
  alpnMismatch: z
    .enum(ALPN_MISMATCHES)
    .optional()
    .describe('What happens to clients that offer other protocols only.'),
  certificateCompression: oneOrMore(z.enum(CERTIFICATE_COMPRESSIONS))
    .or(z.array(z.never()).max(0))
    .optional()
    .describe('How certificates may be compressed (RFC 8879), in the order of preference.'),
  clientCertificates: clientCertificates
    .optional()
    .describe('Whether clients are asked for a certificate, and what it has to be.'),
  fips: endpointFips.optional(),
};

export const noServerName = text()
  .optional()
  .describe('refuse, or the endpoint for clients that name no server.');

export const listenerTls = z.strictObject({ ...policyKeys, noServerName });

const policy = z.strictObject(policyKeys);

/** A policy as a file has it: what is missing is decided by the ones above. */
export type FilePolicy = z.output<typeof policy>;
