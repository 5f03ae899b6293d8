/**
 * The kinds of settings that several DNS providers have.
 *
 * @module
 */
import { z } from 'zod';
import { parseName } from '../core/names.ts';
import { plainName } from './zone-search.ts';

/** A token or key that goes into a header. */
export function secretWord(description: string) {
  return (
    z
      .string()
      // Anything else would break the header that carries it.
      .regex(/^[\x21-\x7e]+$/, 'must be the value alone, without spaces or line breaks')
      .max(8_192)
      .describe(description)
  );
}

/** An identifier or user name: printable, and no part of another URL. */
export function word(description: string) {
  return z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be one word without spaces')
    .max(500)
    .describe(description);
}

/** The setting `zones`. */
export function zoneNames() {
  return z
    .array(zoneName())
    .min(1)
    .optional()
    .describe('Zones in which records may be changed; without it, every zone of the credential.');
}

/** Lower-case A-labels without trailing dot. `_acme-challenge.example.com` can be a zone, too. */
export function zoneName() {
  return z.string().transform((zone, context): string => {
    if (/^(?=.{1,253}$)[\w-]{1,63}(?:\.[\w-]{1,63})+\.?$/.test(zone)) return plainName(zone);
    try {
      return parseName(zone);
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: (thrown as Error).message });
      return z.NEVER;
    }
  });
}

/** The base URL of a server of the operator's own. */
export function serverUrl(description: string) {
  return z
    .string()
    .refine(isServerUrl, 'must be a URL such as "https://dns.example.com", without user or query')
    .describe(description);
}

/** Certificates in PEM. */
export function authorities() {
  return z
    .string()
    .regex(
      /-----BEGIN CERTIFICATE-----/,
      'must be certificates in PEM, e.g. "${file:/path/ca.pem}"',
    )
    .max(1_000_000)
    .optional()
    .describe('Certificates (PEM) that the server may chain to, beside the usual authorities.');
}

function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.search === '' &&
    url.hash === ''
  );
}
