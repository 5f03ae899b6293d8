/**
 * The settings of one issuer, as plain JSON: in the configuration, or kept by the store.
 *
 * @module
 */
import { z } from 'zod';
import { type CaLimits, caLimitsSchema } from './ca-limits.ts';

export interface AcmeIssuerSettings {
  readonly type: 'acme';
  /** The CA's directory, `https:`. */
  readonly directory: string;
  readonly email?: string | undefined;
  /** The operator agrees to the CA's terms of service. */
  readonly acceptTerms: boolean;
  /** ACME profile of certificates that name none. */
  readonly profile?: string | undefined;
  /** For certificates that prefer no chain. */
  readonly preferredChain?: string | undefined;
  /** PEM text: trusted for the CA's own connections, beside the system's roots. */
  readonly caBundle?: string | undefined;
  /** What differs from the limits that the CA publishes. */
  readonly limits?: CaLimits | undefined;
}

export interface InternalIssuerSettings {
  readonly type: 'internal';
  /** Common name of the root. */
  readonly commonName?: string | undefined;
}

export type IssuerSettings = AcmeIssuerSettings | InternalIssuerSettings;

const ADDRESS = /^[^\s@,?<>()":;\\]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

/** An absolute URL that starts with `https:` and carries no user name and no fragment. */
export const directoryUrl = z
  .string()
  .max(2_000)
  .refine(isDirectoryUrl, { error: 'must be an https URL, e.g. https://ca.example/directory' });

/** RFC 6068 forbids a `?` or `,` in a contact, and CAs take one plain address only (RFC 8555 §7.3). */
export const email = z
  .string()
  .max(254)
  .refine((text) => ADDRESS.test(text), {
    error: 'must be one e-mail address, e.g. ops@example.com',
  });

export const issuerSettingsSchema: z.ZodType<IssuerSettings> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('acme'),
    directory: directoryUrl,
    email: email.optional(),
    acceptTerms: z.boolean().default(false),
    profile: z.string().min(1).max(100).optional(),
    preferredChain: z.string().min(1).max(100).optional(),
    caBundle: z.string().optional(),
    limits: caLimitsSchema.optional(),
  }),
  z.strictObject({
    type: z.literal('internal'),
    commonName: z.string().min(1).max(64).optional(),
  }),
]);

function isDirectoryUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    url.protocol === 'https:' &&
    url.username === '' &&
    url.password === '' &&
    url.hash === ''
  );
}
