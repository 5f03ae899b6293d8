/**
 * The shapes of operation requests: what crosses the daemon's socket is checked here.
 *
 * @module
 */
import { z } from 'zod';
import { RESOURCE_REQUESTS } from './resource-requests.ts';
import { id } from './leaves.ts';
import { EVENT_REQUESTS } from './event-operations.ts';
import { issuerSettingsSchema } from '../issuers/issuer-settings.ts';
import { CHALLENGE_TYPES, KEY_ALGORITHMS, KEY_TYPES } from '../core/certificate-spec.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../core/revocation-reason.ts';

const name = z.string().max(300);
const pem = z.string().max(256 * 1024);
const port = z.int().min(1).max(65_535);

const issueBody = z.strictObject({
  names: z.array(name).max(100),
  wanted: z.strictObject({
    issuers: z.array(name).min(1).optional(),
    challenges: z.array(z.enum(CHALLENGE_TYPES)).min(1).optional(),
    keyTypes: z.array(z.enum(KEY_TYPES)).min(1).max(KEY_ALGORITHMS.length).optional(),
    dns: name.optional(),
    profile: name.optional(),
    reuseKey: z.boolean().optional(),
    preferredChain: z.string().min(1).max(100).optional(),
    http01Port: port.optional(),
    tlsAlpn01Port: port.optional(),
  }),
  /** DER of a PKCS #10 request, base64url. */
  csr: z
    .string()
    .max(100_000)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional(),
  /** An issuer that no configuration names, kept with the certificate. */
  adHocIssuer: issuerSettingsSchema.optional(),
  isForced: z.boolean(),
  isDryRun: z.boolean(),
});

/** Of a pair, the one with this kind of key. */
const keyAlgorithm = z.enum(KEY_ALGORITHMS).optional();

const importBody = z.strictObject({
  chainPem: pem,
  privateKeyPem: pem,
  /** Renew it when it is due; what is not said is the default of the configuration. */
  renewal: z
    .strictObject({
      issuers: z.array(name).min(1).max(10).optional(),
      challenges: z.array(z.enum(CHALLENGE_TYPES)).min(1).optional(),
      dns: name.optional(),
    })
    .optional(),
});

export type ImportBody = z.output<typeof importBody>;

/** Of the certificate as the caller has seen it. */
const revision = z.int().min(1).optional();

const renewBody = z.union([
  z.strictObject({ names: z.array(name).min(1).max(10_000), keyAlgorithm }),
  z.strictObject({ ids: z.array(id).min(1).max(10_000), revision }),
  z.strictObject({ every: z.enum(['due', 'managed']) }),
]);

export type IssueBody = z.output<typeof issueBody>;
const persistRecordBody = z.strictObject({
  name,
  /** Without an issuer it is the default one. */
  issuer: name.optional(),
  /** The record is to hold for `*.name` as well. */
  withWildcard: z.boolean(),
  /** After this the record counts no more; for ever when absent. */
  until: z.iso.datetime().optional(),
});

export type PersistRecordBody = z.output<typeof persistRecordBody>;
export type RenewBody = z.output<typeof renewBody>;

const reasons = Object.keys(REVOCATION_REASONS) as [RevocationReason, ...RevocationReason[]];
const nothing = z.strictObject({});
const named = z.strictObject({ name });
const certificate = z.strictObject({ name, keyAlgorithm, id: id.optional() });
/** Without an issuer it is the default one. */
const account = z.strictObject({ issuer: name.optional() });

/** One row an operation: the server routes by this table. */
export const REQUESTS = {
  issue: issueBody,
  renew: renewBody,
  list: nothing,
  show: certificate,
  revoke: certificate.extend({
    revision,
    reason: z.enum(reasons),
    by: z.enum(['account', 'key']).optional(),
  }),
  revokeForeign: z.strictObject({
    chainPem: pem,
    privateKeyPem: pem,
    reason: z.enum(reasons),
    adHocIssuer: issuerSettingsSchema,
  }),
  remove: certificate.extend({ revision }),
  exportCertificate: certificate.extend({ withKey: z.boolean() }),
  deploy: certificate.extend({ target: name.optional() }),
  importCertificate: importBody,
  explain: named,
  showAccount: account,
  registerAccount: account,
  rollOverAccount: account,
  deactivateAccount: z.strictObject({ issuer: name }),
  diagnose: z.strictObject({ names: z.array(name).max(1_000) }),
  persistRecord: persistRecordBody,
  delegationRecord: named,
  testCredential: z.strictObject({ credential: name, name }),
  exportAuthority: z.strictObject({ issuer: name }),
  keyringStatus: nothing,
  rotateKeyring: nothing,
  status: nothing,
  ...RESOURCE_REQUESTS,
  ...EVENT_REQUESTS,
} as const satisfies Record<string, z.ZodType>;

export type OperationName = keyof typeof REQUESTS;
