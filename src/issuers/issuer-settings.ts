/**
 * The settings of one issuer, as plain JSON: in the configuration, or kept by the store.
 *
 * @module
 */
import { z } from 'zod';
import { type CaLimits, caLimitsSchema } from './ca-limits.ts';
import { type ExternalAccount, MAC_ALGORITHMS, isMacKey } from '../acme/external-account.ts';
import { KEY_TYPES, type KeyType } from '../core/certificate-spec.ts';

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
  /** An account that the CA gave out by other means, to which a new ACME account is bound. */
  readonly externalAccount?: ExternalAccount | undefined;
  /** Of new account keys; ec256 where it is absent. */
  readonly accountKeyType?: KeyType | undefined;
  /** The directory of the CA's test service: after a failure an order has to succeed there first. */
  readonly staging?: string | undefined;
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

const HMAC_KEY = 'must be base64url, as the CA shows it: letters, digits, - and _';

export const externalAccount = z.strictObject({
  keyId: z.string().min(1).max(1_000).describe('Identifies the account at the CA.'),
  hmacKey: z
    .string({ error: HMAC_KEY })
    .max(2_000)
    .refine(isMacKey, { error: HMAC_KEY })
    .describe('The key that the CA handed out, in base64url.'),
  algorithm: z.enum(MAC_ALGORITHMS).optional().describe('HS256 unless the CA says otherwise.'),
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
    externalAccount: externalAccount.optional(),
    accountKeyType: z.enum(KEY_TYPES).optional(),
    staging: directoryUrl.optional(),
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
