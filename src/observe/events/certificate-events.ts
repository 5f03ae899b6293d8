/**
 * The events of certificates.
 *
 * @module
 */
import { z } from 'zod';
import { failure, instant, message, word } from './fields.ts';

const issuance = {
  issuer: word,
  serial: word,
  fingerprint256: word,
  keyType: word,
  notBefore: instant,
  notAfter: instant,
};

const failed = z.strictObject({
  error: failure,
  /** In a row. */
  failures: z.int(),
  retryAt: instant,
  /** Of the certificate that is served meanwhile. */
  notAfter: instant.optional(),
});

export const CERTIFICATE_EVENTS = {
  'certificate.issued.v1': z.strictObject(issuance).describe('The first certificate was issued.'),
  'certificate.renewed.v1': z
    .strictObject({ ...issuance, previousSerial: word })
    .describe('A new certificate took the place of another one.'),
  'certificate.imported.v1': z
    .strictObject(issuance)
    .describe('A certificate was imported; it is served and never renewed.'),
  'certificate.issuance_failed.v1': failed.describe('An attempt at the first certificate failed.'),
  'certificate.renewal_failed.v1': failed.describe('An attempt at a renewal failed.'),
  'certificate.paused.v1': z
    .strictObject({ message, url: word.optional() })
    .describe('The CA wants a person to act before it issues again.'),
  'certificate.parked.v1': z
    .strictObject({ message, failures: z.int() })
    .describe('A name leads elsewhere: the CA is not asked until it leads here again.'),
  'certificate.unparked.v1': z
    .strictObject({})
    .describe('The CA is asked again for a certificate that was parked.'),
  'certificate.expiring.v1': z
    .strictObject({
      notAfter: instant,
      serial: word,
      /** Of its life that is left, at most. */
      fractionLeft: z.number(),
      reason: message,
    })
    .describe('A certificate should have been replaced by now, and was not.'),
  'certificate.expired.v1': z
    .strictObject({ notAfter: instant, serial: word, reason: message })
    .describe('A certificate expired without a replacement.'),
  'certificate.served_mismatch.v1': z
    .strictObject({ address: word, serial: word, servedSerial: word })
    .describe('Clients get another certificate than the one that is stored for the name.'),
  'certificate.not_served.v1': z
    .strictObject({ address: word, serial: word, reason: message })
    .describe('Clients get no certificate where the stored one should be served.'),
  'certificate.served_again.v1': z
    .strictObject({ address: word })
    .describe('Clients get the stored certificate again.'),
  'certificate.revoked.v1': z
    .strictObject({ issuer: word, serial: word, reason: word, isServed: z.boolean() })
    .describe('A certificate was revoked.'),
  'certificate.released.v1': z
    .strictObject({ notAfter: instant.optional() })
    .describe('The configuration no longer names it: served while valid, never renewed.'),
  'certificate.removed.v1': z
    .strictObject({ source: word, serial: word.optional() })
    .describe('A certificate was removed with its keys and history.'),
} as const;
