/**
 * The shape of a TLS policy that another process sent.
 *
 * @module
 */
import { z } from 'zod';
import {
  ALPN_MISMATCHES,
  CERTIFICATE_COMPRESSIONS,
  CIPHER_ORDERS,
  CLIENT_CERTIFICATE_MODES,
  TLS_VERSIONS,
} from '../feed.ts';

const tlsVersion = z.enum(TLS_VERSIONS);

export const tlsPolicy = z.object({
  minVersion: tlsVersion,
  maxVersion: tlsVersion,
  ciphers: z.array(z.string()),
  cipherOrder: z.enum(CIPHER_ORDERS),
  groups: z.array(z.string()),
  alpn: z.array(z.string()),
  alpnMismatch: z.enum(ALPN_MISMATCHES),
  certificateCompression: z.array(z.enum(CERTIFICATE_COMPRESSIONS)),
  clientCertificates: z
    .object({
      mode: z.enum(CLIENT_CERTIFICATE_MODES),
      caPem: z.string().exactOptional(),
      crlPem: z.string().exactOptional(),
    })
    .exactOptional(),
});
